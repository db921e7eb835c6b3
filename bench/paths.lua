-- SPDX-License-Identifier: Apache-2.0
-- wrk: GET of the paths in the file BENCH_PATHS, at random, as the owner of the token BENCH_TOKEN.
-- The last line printed is JSON; times are microseconds.
local requests = {}

function init()
    math.randomseed(os.time())
    local headers = {}
    if os.getenv("BENCH_TOKEN") then
        headers["Authorization"] = "Bearer " .. os.getenv("BENCH_TOKEN")
    end
    for path in io.lines(os.getenv("BENCH_PATHS")) do
        requests[#requests + 1] = wrk.format("GET", path, headers)
    end
end

function request()
    return requests[math.random(#requests)]
end

function done(summary, latency)
    local e = summary.errors
    io.write(string.format(
        '\n{"requests": %d, "per_second": %.1f, "p50": %d, "p90": %d, "p99": %d, "max": %d, "errors": %d}\n',
        summary.requests, summary.requests * 1e6 / summary.duration, latency:percentile(50),
        latency:percentile(90), latency:percentile(99), latency.max,
        e.connect + e.read + e.write + e.status + e.timeout))
end
