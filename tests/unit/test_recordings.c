/* SPDX-License-Identifier: Apache-2.0 */
/* Files of recordings become attachments: each once, whatever fails in between, and no stranger's.
 */
#include "voice/recordings.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include "base/id.h"
#include "domain/voice_call.h"
#include "store_fixture.h"
#include "tap.h"

#define COUNT(what) fixture_cell(f.store, "SELECT count(*) FROM " what)

struct scene {
    char data_dir[64];
    const char *folder;
    struct pool *pool;
    struct voice_call call;
};

static void scene_init(struct scene *s)
{
    *s = (struct scene){.data_dir = "/tmp/ava-recordings-XXXXXX", .pool = pool_new()};
    OK(mkdtemp(s->data_dir) != NULL);
    EQ_INT(recordings_folder(s->pool, s->data_dir, &s->folder, NULL), 0);
    EQ_INT(recordings_folder(s->pool, s->data_dir, &s->folder, NULL), 0); /* it is there */
    s->call = (struct voice_call){.id = id_new(),
                                  .conversation_id = id_new(),
                                  .server = id_new(),
                                  .transport = "browser",
                                  .session_id = "s",
                                  .at = wall_now()};
}

static void scene_clear(struct scene *s)
{
    EQ_INT(rmdir(s->folder), 0); /* nothing is left */
    rmdir(s->data_dir);
    pool_free(&s->pool);
}

static const char *write_file(struct scene *s, const char *name, const char *ending, int age_s)
{
    const char *path = pool_printf(s->pool, "%s/%s%s", s->folder, name, ending);
    FILE *f = fopen(path, "wb");
    if (OK(f != NULL)) {
        fputs("OggS and so on", f);
        fclose(f);
        time_t at = (time_t)(wall_now().us / US_PER_SECOND) - age_s;
        struct utimbuf when = {at, at};
        utime(path, &when);
    }
    return path;
}

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

static int begin(struct db *db, void *arg, struct err *e)
{
    struct scene *s = arg;
    struct voice_begun begun;
    return voice_call_begin(db, s->pool, &s->call, &begun, e);
}

static int finish(struct db *db, void *arg, struct err *e)
{
    struct scene *s = arg;
    const struct voice_line line = {true, "hello", 0, false};
    const struct voice_talk talk = {.n_lines = 1, .lines = &line, .quality = -1};
    const struct voice_ending end = {.by = "caller", .at = wall_now()};
    bool done;
    return voice_call_finish(db, s->pool, &s->call, &talk, &end, &done, e);
}

TEST(a_recording_waits_for_its_call_and_is_attached_once)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct scene s;
    fixture_init_tables(&f);
    scene_init(&s);
    EQ_INT(store_write(f.store, begin, &s, NULL), 0);
    const char *path = write_file(&s, s.call.id.text, ".opus", 0);
    EQ_INT(recordings_take(f.store, s.data_dir, NULL), 0);
    OK(is_there(path)); /* the call goes on */
    EQ_INT(store_write(f.store, finish, &s, NULL), 0);
    EQ_INT(recordings_take(f.store, s.data_dir, NULL), 0);
    OK(!is_there(path));
    EQ_STR(COUNT("attachments WHERE state = 'stored' AND content_type = 'audio/ogg' AND "
                 "size_bytes = 14"),
           "1");
    EQ_STR(COUNT("voice_call_details WHERE recording_url LIKE '/api/admin/attachments/%'"), "1");
    write_file(&s, s.call.id.text, ".opus", 0); /* the server died before it was deleted */
    EQ_INT(recordings_take(f.store, s.data_dir, NULL), 0);
    OK(!is_there(path));
    EQ_STR(COUNT("attachments"), "1");
    scene_clear(&s);
}

TEST(each_part_of_a_call_that_came_back_has_its_own)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct scene s;
    fixture_init_tables(&f);
    scene_init(&s);
    EQ_INT(store_write(f.store, begin, &s, NULL), 0);
    write_file(&s, s.call.id.text, ".opus", 0);
    s.call.id = id_new();
    s.call.conversation_id = id_new();
    EQ_INT(store_write(f.store, begin, &s, NULL), 0); /* the same session */
    EQ_INT(store_write(f.store, finish, &s, NULL), 0);
    write_file(&s, s.call.id.text, ".opus", 0);
    EQ_INT(recordings_take(f.store, s.data_dir, NULL), 0);
    EQ_STR(COUNT("attachments WHERE state = 'stored'"), "2");
    EQ_STR(COUNT("voice_call_details WHERE recording_url IS NOT NULL"), "1");
    EQ_STR(COUNT("conversations"), "1");
    scene_clear(&s);
}

TEST(a_part_is_taken_when_nobody_writes_it_any_more)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct scene s;
    fixture_init_tables(&f);
    scene_init(&s);
    EQ_INT(store_write(f.store, begin, &s, NULL), 0);
    EQ_INT(store_write(f.store, finish, &s, NULL), 0);
    const char *path = write_file(&s, s.call.id.text, ".part", 5);
    EQ_INT(recordings_take(f.store, s.data_dir, NULL), 0);
    OK(is_there(path));
    write_file(&s, s.call.id.text, ".part", 100);
    EQ_INT(recordings_take(f.store, s.data_dir, NULL), 0);
    OK(!is_there(path));
    EQ_STR(COUNT("attachments"), "1");
    scene_clear(&s);
}

TEST(what_belongs_to_no_call_goes_after_a_day)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct scene s;
    fixture_init_tables(&f);
    scene_init(&s);
    const char *fresh = write_file(&s, s.call.id.text, ".opus", 100);
    const char *other = write_file(&s, "notes", ".txt", 1000000);
    EQ_INT(recordings_take(f.store, s.data_dir, NULL), 0);
    OK(is_there(fresh));
    write_file(&s, s.call.id.text, ".opus", 100000);
    EQ_INT(recordings_take(f.store, s.data_dir, NULL), 0);
    OK(!is_there(fresh));
    OK(is_there(other)); /* not ours */
    unlink(other);
    EQ_INT(recordings_take(f.store, "/nonexistent", NULL), 0);
    scene_clear(&s);
}

TEST(a_store_that_fails_keeps_the_file)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct scene s;
    fixture_init_tables(&f);
    scene_init(&s);
    EQ_INT(store_write(f.store, begin, &s, NULL), 0);
    EQ_INT(store_write(f.store, finish, &s, NULL), 0);
    const char *path = write_file(&s, s.call.id.text, ".opus", 0);
    fixture_script(f.store, "ALTER TABLE attachment_contents RENAME TO elsewhere");
    struct err e = {0};
    OK(recordings_take(f.store, s.data_dir, &e) < 0);
    OK(is_there(path));
    EQ_STR(COUNT("attachments"), "0");
    fixture_script(f.store, "ALTER TABLE elsewhere RENAME TO attachment_contents");
    EQ_INT(recordings_take(f.store, s.data_dir, NULL), 0);
    OK(!is_there(path));
    EQ_STR(COUNT("attachments"), "1");
    scene_clear(&s);
}

int main(void)
{
    return tap_run();
}
