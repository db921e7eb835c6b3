/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An I/O thread: its event loop, the queue by which other threads hand it work, and its share of
 * accepting. All loops watch the one listening socket, but only one at a time has the turn to
 * accept; when it is ahead of the least loaded loop it hands the turn over. So connections spread
 * evenly, and a new one wakes one thread.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/id.h"
#include "base/log.h"
#include "io/http_private.h"

#define TURN_LEAD 2
#define TICK_MIN_MS 10
#define TICK_MAX_MS 500

void loop_post(struct loop *l, struct loop_task *t)
{
    pthread_mutex_lock(&l->lock);
    bool first = STAILQ_EMPTY(&l->tasks);
    STAILQ_INSERT_TAIL(&l->tasks, t, entry);
    pthread_mutex_unlock(&l->lock);
    if (first) {
        uint64_t one = 1;
        ssize_t ignored UNUSED = write(l->wake_fd, &one, sizeof one);
    }
}

void loop_run_tasks(struct loop *l)
{
    struct loop_tasks now = STAILQ_HEAD_INITIALIZER(now);
    pthread_mutex_lock(&l->lock);
    STAILQ_CONCAT(&now, &l->tasks);
    pthread_mutex_unlock(&l->lock);
    while (!STAILQ_EMPTY(&now)) {
        struct loop_task *t = STAILQ_FIRST(&now);
        STAILQ_REMOVE_HEAD(&now, entry);
        t->run(t);
    }
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
    (void)what;
    uint64_t count;
    ssize_t ignored UNUSED = read(fd, &count, sizeof count);
    loop_run_tasks(arg);
}

void loop_end_if_done(struct loop *l)
{
    struct http_server *s = l->server;
    if (atomic_load(&s->stopping) &&
        ((LIST_EMPTY(&l->conns) && LIST_EMPTY(&l->lingers) && LIST_EMPTY(&l->sockets)) ||
         mono_us_since(s->stop_by) >= 0)) {
        event_base_loopbreak(l->base);
    }
}

static void listen_on(struct loop *l, bool on)
{
    if (l->bound) {
        struct evconnlistener *listener = evhttp_bound_socket_get_listener(l->bound);
        (on ? evconnlistener_enable : evconnlistener_disable)(listener);
        l->listening = on;
    }
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    struct loop *l = arg;
    conn_sweep(l);
    ws_sweep(l);
    if (l->accepting) {
        listen_on(l, true); /* it may rest after an error */
    }
    loop_end_if_done(l);
}

static void on_turn(struct loop_task *t)
{
    struct loop *l = (struct loop *)(void *)((char *)t - offsetof(struct loop, turn));
    l->accepting = true;
    listen_on(l, true);
}

/* A connection was just accepted: is it another's turn? */
static void pass_turn(struct loop *l)
{
    struct http_server *s = l->server;
    struct loop *least = l;
    for (int i = 0; i < s->n_loops; i++) {
        if (atomic_load(&s->loops[i]->load) < atomic_load(&least->load)) {
            least = s->loops[i];
        }
    }
    if (atomic_load(&l->load) >= atomic_load(&least->load) + TURN_LEAD) {
        l->accepting = false;
        listen_on(l, false);
        loop_post(least, &least->turn);
    }
}

static struct bufferevent *on_accept(struct event_base *base, void *arg)
{
    struct loop *l = arg;
    atomic_fetch_add(&l->load, 1);
    if (l->server->n_loops > 1) {
        pass_turn(l);
    }
    return conn_accept(base, l);
}

static void on_accept_error(struct evconnlistener *listener, void *arg)
{
    (void)listener;
    int error = EVUTIL_SOCKET_ERROR();
    struct loop *l = arg;
    log_error("no connection could be accepted", LOG_TEXT("why", strerror(error)),
              LOG_I64("connections", atomic_load(&l->server->connections)));
    listen_on(l, false); /* until the next tick: descriptors may be free by then */
}

static void on_stop(struct loop_task *t)
{
    struct loop *l = (struct loop *)(void *)((char *)t - offsetof(struct loop, stop));
    if (l->bound && l->listening) {
        listen_on(l, false);
        loop_post(l, t); /* closed in the next round, when it is no longer watched: see loop_new */
        return;
    }
    if (l->bound) {
        evhttp_del_accept_socket(l->http, l->bound);
        l->bound = NULL;
    }
    conn_stop(l);
    ws_close_all(l, false);
    loop_end_if_done(l);
}

static void loop_main(void *arg)
{
    struct loop *l = arg;
    loop_set_here(l);
    event_base_loop(l->base, EVLOOP_NO_EXIT_ON_EMPTY);
    loop_run_tasks(l);
    ws_close_all(l, true); /* their last callbacks belong to this thread */
    loop_over(l);
    loop_set_here(NULL);
}

static int tick_ms(const struct http_config *config)
{
    int least = MIN_OF(config->request_ms, config->idle_ms) / 8;
    least = MIN_OF(least, config->ws_ping_ms / 2);
    return MAX_OF(TICK_MIN_MS, MIN_OF(least, TICK_MAX_MS));
}

/* Closed on exec; negative when there are too many. */
static int fd_copy(int fd)
{
#ifdef __SANITIZE_THREAD__ /* does not know that fcntl makes one, and mixes it up with the last */
    return dup(fd);
#else
    return fcntl(fd, F_DUPFD_CLOEXEC, 0);
#endif
}

static bool loop_listen(struct loop *l)
{
    int fd = fd_copy(l->server->listen_fd);
    l->bound = fd < 0 ? NULL : evhttp_accept_socket_with_handle(l->http, fd);
    if (!l->bound) {
        return false;
    }
    struct evconnlistener *listener = evhttp_bound_socket_get_listener(l->bound);
    evconnlistener_set_error_cb(listener, on_accept_error);
    l->accepting = l->index == 0;
    listen_on(l, l->accepting);
    return true;
}

static bool loop_events(struct loop *l)
{
    const struct http_config *config = &l->server->config;
    l->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    l->wake = event_new(l->base, l->wake_fd, EV_READ | EV_PERSIST, on_wake, l);
    l->tick = event_new(l->base, -1, EV_PERSIST, on_tick, l);
    l->attend_event = event_new(l->base, -1, 0, conn_attend_all, l);
    l->due_event = event_new(l->base, -1, 0, ws_flush_due, l);
    int ms = tick_ms(config);
    struct timeval every = {ms / 1000, ms % 1000 * 1000};
    if (l->wake_fd < 0 || !l->wake || !l->tick || !l->attend_event || !l->due_event ||
        event_add(l->wake, NULL) || event_add(l->tick, &every)) {
        return false;
    }
    l->http = evhttp_new(l->base);
    if (!l->http) {
        return false;
    }
    /* The scanner holds the limits; evhttp's own stay just out of its way. */
    evhttp_set_max_headers_size(l->http, (ev_ssize_t)config->header_max_bytes + 4096);
    evhttp_set_max_body_size(l->http, (ev_ssize_t)http_largest_body(config) + 4096);
    evhttp_set_allowed_methods(l->http, UINT16_MAX);
    evhttp_set_default_content_type(l->http, NULL);
    evhttp_set_bevcb(l->http, on_accept, l);
    evhttp_set_gencb(l->http, server_request, l);
    return loop_listen(l);
}

struct loop *loop_new(struct http_server *s, int index)
{
    struct loop *l = xcalloc(1, sizeof *l);
    l->server = s;
    l->index = index;
    l->wake_fd = -1;
    pthread_mutex_init(&l->lock, NULL);
    STAILQ_INIT(&l->tasks);
    LIST_INIT(&l->conns);
    TAILQ_INIT(&l->attend);
    LIST_INIT(&l->lingers);
    LIST_INIT(&l->sockets);
    TAILQ_INIT(&l->due);
    l->turn.run = on_turn;
    l->stop.run = on_stop;
    random_bytes(&l->id_state, sizeof l->id_state);
    struct event_config *config = event_config_new();
    if (config) {
        /* The list of changes spares an answer that goes out at once (response_send) most of its
         * calls of epoll_ctl. It forbids closing a watched descriptor of which there is a copy. */
        event_config_set_flag(config,
                              EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST);
        l->base = event_base_new_with_config(config);
        event_config_free(config);
    }
    if (!l->base || !loop_events(l)) {
        loop_free(&l);
    }
    return l;
}

void loop_start(struct loop *l)
{
    char name[16];
    snprintf(name, sizeof name, "io-%d", l->index);
    l->thread = thread_start(name, loop_main, l);
}

static void loop_free_event(struct event *e)
{
    if (e) {
        event_free(e);
    }
}

void loop_free(struct loop **pl)
{
    struct loop *l = *pl;
    if (!l) {
        return;
    }
    thread_join(&l->thread);
    loop_run_tasks(l); /* late answers of workers: freed, since nobody sends them now */
    if (l->http) {
        evhttp_free(l->http);
    }
    while (!LIST_EMPTY(&l->lingers)) {
        linger_free(LIST_FIRST(&l->lingers));
    }
    loop_free_event(l->wake);
    loop_free_event(l->tick);
    loop_free_event(l->attend_event);
    loop_free_event(l->due_event);
    if (l->base) {
        event_base_loop(l->base, EVLOOP_NONBLOCK); /* what libevent frees later, it frees here */
        event_base_free(l->base);
    }
    if (l->wake_fd >= 0) {
        close(l->wake_fd);
    }
    while (l->n_pools) {
        pool_free(&l->pools[--l->n_pools]);
    }
    pthread_mutex_destroy(&l->lock);
    free(l->by_fd);
    free(l);
    *pl = NULL;
}

struct pool *loop_pool(struct loop *l)
{
    return l->n_pools ? l->pools[--l->n_pools] : pool_new();
}

void loop_pool_back(struct loop *l, struct pool *p)
{
    if (l->n_pools == POOLS_KEPT) {
        pool_free(&p);
        return;
    }
    pool_clear(p);
    l->pools[l->n_pools++] = p;
}

/* Sixteen hexadecimal digits that do not come twice (splitmix64 of a counter begun at random). */
void loop_id(struct loop *l, char id[17])
{
    uint64_t x = l->id_state += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    x ^= x >> 31;
    for (int i = 0; i < 16; i++) {
        id[i] = "0123456789abcdef"[x >> (60 - 4 * i) & 15];
    }
    id[16] = '\0';
}
