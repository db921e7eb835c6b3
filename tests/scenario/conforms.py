# SPDX-License-Identifier: Apache-2.0
"""Holds real answers against the OpenAPI document: just the parts of JSON Schema that it uses."""

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def _type_ok(value, name):
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if name == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


class Document:
    def __init__(self, document):
        self.document = document

    def resolve(self, schema):
        while "$ref" in schema:
            target = self.document
            for step in schema["$ref"].lstrip("#/").split("/"):
                target = target[step]
            schema = target
        return schema

    def faults(self, value, schema, path="$"):
        """Every way in which the value is not what the schema says, members it does not know included."""
        schema = self.resolve(schema)
        if "anyOf" in schema or "oneOf" in schema:
            tries = [list(self.faults(value, s, path)) for s in schema.get("anyOf") or schema["oneOf"]]
            if [] not in tries:
                yield f"{path}: fits none of its alternatives: {tries}"
            return
        types = schema.get("type", [])
        types = [types] if isinstance(types, str) else types
        if types and not any(_type_ok(value, t) for t in types):
            yield f"{path}: is {type(value).__name__}, should be {types}"
            return
        if "enum" in schema and value not in schema["enum"]:
            yield f"{path}: {value!r} is not in {schema['enum']}"
        if isinstance(value, dict) and "properties" in schema:
            for name in schema.get("required", []):
                if name not in value:
                    yield f"{path}: has no {name}"
            for name, member in value.items():
                if name not in schema["properties"]:
                    yield f"{path}: has {name}, which the document does not"
                else:
                    yield from self.faults(member, schema["properties"][name], f"{path}.{name}")
        if isinstance(value, list) and "items" in schema:
            for i, item in enumerate(value):
                yield from self.faults(item, schema["items"], f"{path}[{i}]")

    def answer_faults(self, method, template, answer):
        operation = self.document["paths"][template][method.lower()]
        refused = operation["responses"].get("default") if answer.status >= 400 else None
        response = operation["responses"].get(str(answer.status), refused)
        if response is None:
            return [f"status {answer.status} is not in the document"]
        content = self.resolve(response).get("content", {})
        kind = (answer.header("Content-Type") or "").split(";")[0]
        if kind not in content:
            return [f"{kind} is not in the document"]
        return list(self.faults(answer.json, content[kind]["schema"]))
