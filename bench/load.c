/*
 * bench/load.c - asks a server the same questions over and over, and counts
 *
 *   load HOST:PORT CONNECTIONS AMOUNT TARGETS
 *
 * AMOUNT is a number of seconds ("2", "0.5") or of requests ("1000n"). TARGETS
 * is a file with one request target a line, asked in turn; the environment
 * variable LOAD_AUTHORIZATION goes with each as the header Authorization (a
 * command line is for everybody to read). One thread, keep-alive, one request
 * in flight a connection. Prints one line:
 *
 *   requests/s  p50-us  p99-us  failures  bytes/answer  body-bytes/answer
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_CONNECTIONS 1024
#define MAX_SAMPLES     4000000
#define INPUT_SIZE      (4 << 20)

struct request {
    char *text;
    size_t len;
};

struct connection {
    int fd;
    char *input;      /* answer so far */
    size_t len, need; /* need 0: the headers are not complete */
    size_t head;      /* of `need`, the headers */
    double began;
};

struct load {
    struct request *requests;
    size_t request_count, next;
    struct connection connections[MAX_CONNECTIONS];
    int epoll;
    uint32_t *samples; /* microseconds */
    size_t done, failed, bytes, bodies;
};

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const char *why)
{
    (void)fprintf(stderr, "load: %s\n", why);
    exit(2);
}

static void add_request(struct load *l, const char *target, const char *host,
                        const char *authorization)
{
    char text[16384];
    int n =
        snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: %s\r\n%s%s%s\r\n",
                 target, host, authorization == NULL ? "" : "Authorization: ",
                 authorization == NULL ? "" : authorization,
                 authorization == NULL ? "" : "\r\n");
    struct request *more =
        realloc(l->requests, (l->request_count + 1) * sizeof *more);
    if (n < 0 || (size_t)n >= sizeof text || more == NULL)
        die("a target is too long, or memory ran out");
    l->requests = more;
    more[l->request_count].text = strdup(text);
    more[l->request_count++].len = (size_t)n;
}

static void read_targets(struct load *l, const char *path, const char *host)
{
    char line[12000];
    FILE *f = fopen(path, "r");
    if (f == NULL)
        die("the file of targets cannot be read");
    while (fgets(line, sizeof line, f) != NULL) {
        line[strcspn(line, "\r\n")] = '\0';
        if (line[0] != '\0')
            add_request(l, line, host, getenv("LOAD_AUTHORIZATION"));
    }
    (void)fclose(f);
    if (l->request_count == 0)
        die("the file of targets is empty");
}

static void open_connection(struct load *l, struct connection *c,
                            const char *host)
{
    struct sockaddr_in to = {.sin_family = AF_INET};
    char address[64];
    const char *colon = strchr(host, ':');
    if (colon == NULL || (size_t)(colon - host) >= sizeof address)
        die("say HOST:PORT");
    memcpy(address, host, (size_t)(colon - host));
    address[colon - host] = '\0';
    to.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
    if (inet_pton(AF_INET, address, &to.sin_addr) != 1)
        die("HOST must be an IPv4 address");
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    int one = 1;
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&to, sizeof to) != 0)
        die("cannot connect");
    (void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    c->input = malloc(INPUT_SIZE);
    if (c->input == NULL)
        die("memory ran out");
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
    (void)epoll_ctl(l->epoll, EPOLL_CTL_ADD, c->fd, &e);
}

static void ask(struct load *l, struct connection *c)
{
    const struct request *r = &l->requests[l->next++ % l->request_count];
    c->len = c->need = 0;
    c->began = now();
    if (send(c->fd, r->text, r->len, MSG_NOSIGNAL) != (ssize_t)r->len)
        die("the server closed a connection");
}

/* The whole length of an answer, once its headers are there. */
static size_t whole_length(struct connection *c)
{
    static const char name[] = "content-length:";
    c->input[c->len] = '\0';
    const char *end = strstr(c->input, "\r\n\r\n");
    if (end == NULL)
        return 0;
    for (const char *at = c->input; at != NULL && at < end;
         at = strstr(at + 1, "\r\n"))
        if (strncasecmp(at + 2, name, sizeof name - 1) == 0) {
            c->head = (size_t)(end + 4 - c->input);
            return c->head + strtoul(at + 1 + sizeof name, NULL, 10);
        }
    die("an answer has no Content-Length");
    return 0;
}

static void take(struct load *l, struct connection *c)
{
    ssize_t n = recv(c->fd, c->input + c->len, INPUT_SIZE - 1 - c->len, 0);
    if (n <= 0)
        die("the server closed a connection");
    c->len += (size_t)n;
    if (c->need == 0)
        c->need = whole_length(c);
    if (c->need == 0 || c->len < c->need)
        return;
    if (l->done < MAX_SAMPLES)
        l->samples[l->done] = (uint32_t)((now() - c->began) * 1e6);
    l->done++;
    l->bytes += c->need;
    l->bodies += c->need - c->head;
    l->failed += strncmp(c->input, "HTTP/1.1 200", 12) != 0;
    ask(l, c);
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static void report(struct load *l, double took)
{
    size_t n = l->done < MAX_SAMPLES ? l->done : MAX_SAMPLES;
    if (n == 0)
        die("no answer came");
    qsort(l->samples, n, sizeof *l->samples, by_value);
    (void)printf("%.1f %u %u %zu %zu %zu\n", (double)l->done / took,
                 l->samples[n / 2], l->samples[n * 99 / 100], l->failed,
                 l->bytes / l->done, l->bodies / l->done);
}

int main(int argc, char **argv)
{
    static struct load l;
    if (argc != 5)
        die("usage: load HOST:PORT CONNECTIONS AMOUNT TARGETS");
    char *unit = NULL;
    size_t connections = strtoul(argv[2], NULL, 10);
    double amount = strtod(argv[3], &unit);
    double seconds = *unit == 'n' ? 1e9 : amount;
    size_t requests = *unit == 'n' ? (size_t)amount : SIZE_MAX;
    if (connections == 0 || connections > MAX_CONNECTIONS || amount <= 0)
        die("CONNECTIONS or AMOUNT is out of bounds");
    l.epoll = epoll_create1(0);
    l.samples = malloc(MAX_SAMPLES * sizeof *l.samples);
    if (l.epoll < 0 || l.samples == NULL)
        die("memory ran out");
    read_targets(&l, argv[4], argv[1]);
    for (size_t i = 0; i < connections; i++)
        open_connection(&l, &l.connections[i], argv[1]);
    double began = now();
    for (size_t i = 0; i < connections; i++)
        ask(&l, &l.connections[i]);
    while (l.done < requests && now() - began < seconds) {
        struct epoll_event events[64];
        int n = epoll_wait(l.epoll, events, 64, 100);
        for (int i = 0; i < n; i++)
            take(&l, events[i].data.ptr);
    }
    report(&l, now() - began);
    return 0;
}
