/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What has to be done from time to time: text conversations that fell silent are completed, calls
 * whose server is gone are finished, jobs whose lease ended are made ready again, what is kept for
 * a while only is forgotten. Several servers on one database may all do it.
 */
#ifndef OPS_HOUSEKEEPING_H
#define OPS_HOUSEKEEPING_H

struct app;
struct housekeeping;

struct housekeeping *housekeeping_start(struct app *app);
void housekeeping_stop(struct housekeeping **h);

#endif
