# SPDX-License-Identifier: Apache-2.0
"""Reads one SQL statement of ours as far as check_personal needs: which column stands where.

Not an SQL parser: it knows the clauses of SELECT, INSERT, UPDATE and DELETE, what is in scope, and
the tokens of store/dialect.h. Expressions are only searched. Raises Unreadable for what it does not
know, rather than guess.
"""
import re

TOKEN = re.compile(r"""
    (?P<space>\s+|--[^\n]*)
  | (?P<text>'(?:[^']|'')*')
  | (?P<quoted>"(?:[^"]|"")*")
  | (?P<parameter>\$\d+)
  | (?P<number>\d+(?:\.\d+)?)
  | (?P<word>[A-Za-z_]\w*)
  | (?P<sign>::|<>|<=|>=|!=|\|\||->>|->|%(?![A-Za-z.*])|[-+*/=<>(),.;\[\]{}~@|&!:\#?^])
""", re.X)
SELECT_CLAUSES = {"FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "OFFSET", "FETCH", "FOR",
                  "RETURNING"}
COMPOUND = {"UNION", "EXCEPT", "INTERSECT"}
JOINING = {"LEFT", "RIGHT", "INNER", "FULL", "CROSS", "NATURAL", "OUTER", "JOIN"}
NO_ALIAS = JOINING | SELECT_CLAUSES | {"ON", "USING", "SET", "VALUES", "SELECT", "DEFAULT", "INDEXED", "NOT",
                                       "TABLESAMPLE", "WITH"}
# These neither read nor write a row's values.
HARMLESS = {"BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA", "LISTEN", "UNLISTEN", "NOTIFY", "SET",
            "SHOW", "DISCARD", "LOCK", "ANALYZE", "VACUUM", "RESET", "START", "END", "CREATE", "DROP", "ALTER"}


class Unreadable(Exception):
    pass


class Token:
    """kind: word, quoted, column, star, text, number, parameter, sign, group, put, match."""

    def __init__(self, kind, value, inside=()):
        self.kind, self.value, self.inside = kind, value, list(inside)

    def word(self):
        return self.value.upper() if self.kind == "word" else None

    def is_sign(self, sign):
        return self.kind == "sign" and self.value == sign

    def is_query(self):
        return self.kind == "group" and self.inside and self.inside[0].word() in ("SELECT", "WITH", "VALUES")


def words_at(tokens, i, *words):
    return [t.word() for t in tokens[i:i + len(words)]] == list(words)


class Lexer:
    def __init__(self, text):
        self.text, self.at = text, 0

    def until(self, close):
        """Tokens up to the closing sign, which is taken too; None: up to the end."""
        found = []
        while self.at < len(self.text):
            m = TOKEN.match(self.text, self.at)
            if not m:
                raise Unreadable(f"what is {self.text[self.at:self.at + 10]!r}?")
            self.at = m.end()
            if m.lastgroup == "space":
                continue
            if m.lastgroup == "sign" and m[0] == close:
                return self.qualified(found)
            if m.lastgroup == "sign" and m[0] in ")}":
                raise Unreadable(f"a {m[0]} too many")
            if m.lastgroup == "sign" and m[0] == "(":
                found.append(Token("group", "(", self.until(")")))
            elif m.lastgroup == "sign" and m[0] == "{":
                found.append(self.token_of_dialect())
            elif m.lastgroup == "quoted":
                found.append(Token("quoted", m[0][1:-1]))
            else:
                found.append(Token(m.lastgroup, m[0]))
        if close:
            raise Unreadable(f"no {close} follows")
        return self.qualified(found)

    def token_of_dialect(self):
        m = re.compile(r"(\w+)(?: ((?:\w+\.\w+)(?= ))?)?").match(self.text, self.at)
        if not m:
            raise Unreadable("a { without a name")
        self.at = m.end()
        inside = self.until("}")
        if m[1] in ("put", "match"):
            if not m[2] or not any(t.kind == "parameter" for t in flat(inside)):
                raise Unreadable(f"{{{m[1]}}} wants a column and a parameter")
            return Token(m[1], tuple(m[2].split(".")), inside)
        return Token("group", m[1], inside)

    @staticmethod
    def qualified(tokens):
        """Makes one token of a.b and of a.*"""
        out = []
        for t in tokens:
            if len(out) >= 2 and out[-1].is_sign(".") and out[-2].kind in ("word", "quoted"):
                out.pop()
                table = out.pop().value
                if t.is_sign("*"):
                    t = Token("star", table)
                elif t.kind in ("word", "quoted"):
                    t = Token("column", (table, t.value))
                else:
                    raise Unreadable(f"what is {table}.{t.value}?")
            out.append(t)
        return out


def flat(tokens):
    for t in tokens:
        yield t
        yield from flat(t.inside)


def split(tokens, sign=","):
    parts = [[]]
    for t in tokens:
        if t.is_sign(sign):
            parts.append([])
        else:
            parts[-1].append(t)
    return parts


def find_word(tokens, words, start=0):
    """The position of the first of the words that begins a clause there; the end without one."""
    for i in range(start, len(tokens)):
        word = tokens[i].word()
        if word in words and not (i > 1 and tokens[i - 1].word() == "DISTINCT"): # IS DISTINCT FROM
            return i
    return len(tokens)


class Source:
    """What stands in a FROM: a table by its name, or a query by its columns' origins."""

    def __init__(self, table=None, columns=None):
        self.table, self.columns = table, columns


class Reader:
    """read() fills problems."""

    def __init__(self, personal):
        self.personal, self.problems = personal, []

    def read(self, statement):
        tokens = Lexer(statement).until(None)
        for part in split(tokens, ";"):
            if part:
                self.query(part, [], {}, "result")

    # what a name means

    def origin(self, source, column):
        if source.table:
            return (source.table, column) if column in self.personal.get(source.table, {}) else None
        return source.columns.get(column)

    def resolve(self, t, scopes):
        """(table, column) when the token names a personal column."""
        if t.kind == "column":
            for scope in scopes:
                if t.value[0].lower() in scope:
                    return self.origin(scope[t.value[0].lower()], t.value[1])
            raise Unreadable(f"{t.value[0]} is not in scope")
        if t.kind in ("word", "quoted"):
            for scope in scopes:
                for name, source in scope.items():
                    found = self.origin(source, t.value) if name != "excluded" else None
                    if found:
                        return found
        return None

    def complain(self, column, what):
        self.problems.append(f"{'.'.join(column)} {what}")

    # expressions

    def expression(self, tokens, scopes, ctes):
        for i, t in enumerate(tokens):
            before = tokens[i - 1].word() if i else None
            after = tokens[i + 1] if i + 1 < len(tokens) else None
            if t.kind == "put":
                self.complain(t.value, "is {put} where no value for it stands")
            elif t.kind == "match":
                self.matched(t)
            elif t.is_query():
                role = "exists" if before == "EXISTS" else "expression"
                self.query(t.inside, scopes, ctes, role)
            elif t.kind == "group":
                if not (before == "COUNT" and len(t.inside) == 1):
                    self.expression(t.inside, scopes, ctes)
            elif before == "AS" or (t.kind == "word" and after and after.kind == "group"):
                continue # a type, a name that is given here, or a function
            elif t.kind in ("word", "quoted", "column"):
                personal = self.resolve(t, scopes)
                if personal and not (words_at(tokens, i + 1, "IS", "NULL") or
                                     words_at(tokens, i + 1, "IS", "NOT", "NULL")):
                    self.complain(personal, "stands in an expression: look it up with {match}, or select it bare")

    def matched(self, t):
        table, column = t.value
        if not self.personal.get(table, {}).get(column):
            self.complain(t.value, "is {match}ed, but personal.def does not say that it is looked up")

    def value(self, target, tokens, scopes, ctes):
        """What is written to a column."""
        if target[1] not in self.personal.get(target[0], {}):
            self.expression(tokens, scopes, ctes)
        elif not self.fit_for(target, tokens, scopes, ctes):
            self.complain(target, f"is written without {{put {'.'.join(target)} $n}}")

    def fit_for(self, target, tokens, scopes, ctes):
        if len(tokens) == 1:
            t = tokens[0]
            if t.kind == "group" and not t.is_query():
                return self.fit_for(target, t.inside, scopes, ctes)
            return (t.kind == "put" and t.value == target) or t.word() == "NULL" or \
                (t.kind in ("word", "column") and self.resolve(t, scopes) == target)
        if len(tokens) == 2 and tokens[0].word() == "COALESCE" and tokens[1].kind == "group":
            return all(self.fit_for(target, part, scopes, ctes) for part in split(tokens[1].inside))
        if tokens and tokens[0].word() == "CASE" and tokens[-1].word() == "END":
            return self.fit_case(target, tokens[1:-1], scopes, ctes)
        return False

    def fit_case(self, target, tokens, scopes, ctes):
        at = find_word(tokens, {"WHEN"})
        fit = True
        self.expression(tokens[:at], scopes, ctes)
        while at < len(tokens):
            end = find_word(tokens, {"WHEN", "THEN", "ELSE"}, at + 1)
            part = tokens[at + 1:end]
            if tokens[at].word() == "WHEN":
                self.expression(part, scopes, ctes)
            else:
                fit = self.fit_for(target, part, scopes, ctes) and fit
            at = end
        return fit

    # what stands in FROM

    def sources(self, tokens, scope, scopes, ctes):
        """Fills the scope; returns the join conditions, which are read once all is in scope."""
        conditions, i = [], 0
        while i < len(tokens):
            if tokens[i].is_sign(",") or tokens[i].word() in JOINING | {"LATERAL", "ONLY"}:
                i += 1
            elif tokens[i].word() == "ON":
                end = i + 1
                while end < len(tokens) and not tokens[end].is_sign(",") and \
                        (tokens[end].word() not in JOINING or
                         (end + 1 < len(tokens) and tokens[end + 1].kind == "group" and
                          tokens[end].word() in ("LEFT", "RIGHT"))): # which are functions, too
                    end += 1
                conditions.append(tokens[i + 1:end])
                i = end
            elif tokens[i].word() == "USING":
                conditions.append(tokens[i + 1].inside)
                i += 2
            else:
                i = self.source(tokens, i, scope, scopes, ctes, conditions)
        return conditions

    def source(self, tokens, i, scope, scopes, ctes, conditions):
        t, source, name = tokens[i], None, None
        i += 1
        if t.is_query():
            source = Source(columns=dict(self.query(t.inside, scopes, ctes, "derived")))
        elif t.kind == "group":
            conditions += self.sources(t.inside, scope, scopes, ctes)
            return i
        elif i < len(tokens) and tokens[i].kind == "group" and t.kind == "word": # a function's rows
            self.expression(tokens[i].inside, [scope, *scopes], ctes)
            source, name, i = Source(columns={}), t.value, i + 1
        elif t.kind in ("word", "quoted", "column"):
            name = t.value[1] if t.kind == "column" else t.value
            source = ctes[name] if name in ctes else Source(table=name)
        else:
            raise Unreadable(f"{t.value!r} in FROM")
        return self.alias(tokens, i, scope, source, name)

    @staticmethod
    def alias(tokens, i, scope, source, name):
        if words_at(tokens, i, "AS"):
            i += 1
        if i < len(tokens) and tokens[i].kind in ("word", "quoted") and tokens[i].word() not in NO_ALIAS:
            name = tokens[i].value
            i += 1
            if i < len(tokens) and tokens[i].kind == "group":
                if source.table or any(source.columns.values()):
                    raise Unreadable("columns are renamed")
                i += 1
        if name is None:
            raise Unreadable("a query in FROM without a name")
        scope[name.lower()] = source
        return i

    # queries

    def query(self, tokens, scopes, ctes, role):
        """Returns [(name, origin)] of the columns. role: result, derived, expression, exists, insert."""
        verb = tokens[0].word() if tokens else None
        if verb == "WITH":
            tokens, ctes = self.with_clause(tokens, scopes, ctes)
            verb = tokens[0].word()
        if verb == "SELECT":
            return self.compound(tokens, scopes, ctes, role)
        if verb == "INSERT":
            return self.insert(tokens, scopes, ctes)
        if verb == "UPDATE":
            return self.update(tokens, scopes, ctes)
        if verb == "DELETE":
            return self.delete(tokens, scopes, ctes)
        if verb == "VALUES":
            self.expression(tokens[1:], scopes, ctes)
            return []
        if verb in HARMLESS:
            return []
        raise Unreadable(f"what does {verb or 'it'} do?")

    def with_clause(self, tokens, scopes, ctes):
        ctes, i = dict(ctes), 2 if words_at(tokens, 1, "RECURSIVE") else 1
        while True:
            name = tokens[i].value
            i += 1
            if tokens[i].kind == "group":
                raise Unreadable("a WITH that names its columns")
            while not tokens[i].kind == "group": # AS, NOT MATERIALIZED
                i += 1
            ctes[name] = Source(columns=dict(self.query(tokens[i].inside, scopes, ctes, "derived")))
            i += 1
            if not tokens[i].is_sign(","):
                return tokens[i:], ctes
            i += 1

    def compound(self, tokens, scopes, ctes, role):
        at = find_word(tokens, COMPOUND)
        if at == len(tokens):
            return self.select(tokens, scopes, ctes, role)
        rest = at + 2 if words_at(tokens, at + 1, "ALL") else at + 1
        columns = self.select(tokens[:at], scopes, ctes, role) + self.query(tokens[rest:], scopes, ctes, role)
        for _, origin in columns if role != "exists" else []:
            if origin:
                self.complain(origin, "is read through a UNION: nobody can tell then where it comes from")
        return []

    def select(self, tokens, scopes, ctes, role):
        end = find_word(tokens, SELECT_CLAUSES, 1)
        items, scope, conditions = tokens[1:end], {}, []
        if end < len(tokens) and tokens[end].word() == "FROM":
            after = find_word(tokens, SELECT_CLAUSES - {"FROM"}, end + 1)
            conditions = self.sources(tokens[end + 1:after], scope, scopes, ctes)
            end = after
        inner = [scope, *scopes]
        for condition in conditions:
            self.expression(condition, inner, ctes)
        self.expression(tokens[end:], inner, ctes)
        distinct = bool(items) and items[0].word() == "DISTINCT"
        if items and items[0].word() in ("DISTINCT", "ALL"):
            items = items[1:]
        columns = [c for item in split(items) for c in self.item(item, inner, ctes, role)]
        for _, origin in columns:
            if origin and role == "expression":
                self.complain(origin, "is read by a query inside an expression: select it bare")
            elif origin and distinct:
                self.complain(origin, "is compared by DISTINCT")
        return columns

    def item(self, tokens, scopes, ctes, role):
        name = None
        if len(tokens) > 2 and tokens[-2].word() == "AS":
            name, tokens = tokens[-1].value, tokens[:-2]
        if len(tokens) == 1:
            t = tokens[0]
            if t.is_sign("*") or t.kind == "star":
                return self.star(t, scopes[0])
            if t.kind in ("word", "quoted", "column"):
                shown = t.value[1] if t.kind == "column" else t.value
                return [(name or shown, self.resolve(t, scopes))]
            if t.kind == "put" and role == "insert":
                return [(t, None)]
        self.expression(tokens, scopes, ctes)
        return [(name, None)]

    def star(self, t, scope):
        columns = []
        for name, source in scope.items():
            if t.kind == "star" and name != t.value.lower():
                continue
            if source.table:
                columns += [(c, (source.table, c)) for c in self.personal.get(source.table, {})]
            else:
                columns += list(source.columns.items())
        return columns + [("*", None)]

    # statements that write

    def returning(self, tokens, scopes, ctes):
        if not tokens:
            return []
        return [c for item in split(tokens[1:]) for c in self.item(item, scopes, ctes, "result")]

    def assignments(self, table, tokens, scopes, ctes):
        for part in split(tokens):
            if len(part) < 3 or part[0].kind not in ("word", "quoted") or not part[1].is_sign("="):
                raise Unreadable("an assignment that is not `column = value`")
            self.value((table, part[0].value), part[2:], scopes, ctes)

    def insert(self, tokens, scopes, ctes):
        i = find_word(tokens, {"INTO"}) + 1
        if i >= len(tokens) or tokens[i].kind not in ("word", "quoted"):
            raise Unreadable("INSERT into what?")
        table, names = tokens[i].value, None
        scope = {}
        i = self.alias(tokens, i + 1, scope, Source(table=table), table)
        if i < len(tokens) and tokens[i].kind == "group" and not tokens[i].is_query():
            names = [part[0].value for part in split(tokens[i].inside)]
            i += 1
        end = i
        while end < len(tokens) and not words_at(tokens, end, "ON", "CONFLICT") and \
                tokens[end].word() != "RETURNING":
            end += 1
        self.inserted(table, names, tokens[i:end], scopes, ctes)
        rest = find_word(tokens, {"RETURNING"}, end)
        self.conflict(table, tokens[end:rest], scope, scopes, ctes)
        return self.returning(tokens[rest:], [scope, *scopes], ctes)

    def inserted(self, table, names, body, scopes, ctes):
        if not body or words_at(body, 0, "DEFAULT", "VALUES"):
            return
        if names is None and table in self.personal:
            raise Unreadable("an INSERT that does not name its columns")
        if body[0].word() == "VALUES":
            for row in split(body[1:]):
                values = split(row[0].inside)
                if names is not None and len(values) != len(names):
                    raise Unreadable(f"{len(names)} columns, {len(values)} values")
                for name, value in zip(names or [""] * len(values), values):
                    self.value((table, name), value, scopes, ctes)
            return
        columns = self.query(body, scopes, ctes, "insert")
        if table in self.personal and len(columns) != len(names):
            raise Unreadable(f"{len(names)} columns, {len(columns)} that can be told")
        for name, (made, origin) in zip(names or [], columns):
            target = (table, name)
            put = made.value if isinstance(made, Token) else None
            if name in self.personal.get(table, {}):
                if target not in (put, origin):
                    self.complain(target, f"is written without {{put {table}.{name} $n}}")
            elif put or origin:
                self.complain(put or origin, f"goes into {table}.{name}, which is not personal")

    def conflict(self, table, tokens, scope, scopes, ctes):
        if len(tokens) > 2 and tokens[2].kind == "group":
            for t in tokens[2].inside:
                if self.personal.get(table, {}).get(t.value) is False:
                    self.complain((table, t.value), "is compared by ON CONFLICT, but not looked up by personal.def")
        at = find_word(tokens, {"SET"})
        if at < len(tokens):
            end = find_word(tokens, {"WHERE"}, at)
            inner = [{**scope, "excluded": Source(table=table)}, *scopes]
            self.assignments(table, tokens[at + 1:end], inner, ctes)
            self.expression(tokens[end:], inner, ctes)

    def update(self, tokens, scopes, ctes):
        i = 3 if words_at(tokens, 1, "OR") else 1
        table, scope = tokens[i].value, {}
        i = self.alias(tokens, i + 1, scope, Source(table=table), table)
        if not words_at(tokens, i, "SET"):
            raise Unreadable("UPDATE without SET")
        end = find_word(tokens, {"FROM", "WHERE", "RETURNING"}, i)
        conditions, after = [], end
        if words_at(tokens, end, "FROM"):
            after = find_word(tokens, {"WHERE", "RETURNING"}, end)
            conditions = self.sources(tokens[end + 1:after], scope, scopes, ctes)
        inner = [scope, *scopes]
        self.assignments(table, tokens[i + 1:end], inner, ctes)
        rest = find_word(tokens, {"RETURNING"}, after)
        for condition in [*conditions, tokens[after:rest]]:
            self.expression(condition, inner, ctes)
        return self.returning(tokens[rest:], inner, ctes)

    def delete(self, tokens, scopes, ctes):
        if not words_at(tokens, 1, "FROM"):
            raise Unreadable("DELETE from what?")
        scope, after = {}, find_word(tokens, {"WHERE", "RETURNING"})
        using = find_word(tokens, {"USING"})
        if using < after:
            raise Unreadable("DELETE with USING")
        conditions = self.sources(tokens[2:after], scope, scopes, ctes)
        rest = find_word(tokens, {"RETURNING"}, after)
        for condition in [*conditions, tokens[after:rest]]:
            self.expression(condition, [scope, *scopes], ctes)
        return self.returning(tokens[rest:], [scope, *scopes], ctes)
