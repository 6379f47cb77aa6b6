/*
 * A driver for two GPUs that do not exist: memory is the host's, copies are done at once, kernels
 * are not run, but for a few that prepare the operands of a library. Each launch is printed as the driver gets it, word by word. FAKE_INIT, FAKE_SYNC and
 * FAKE_VERSION are the statuses and the version to answer with.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t Address;

static int setting(const char *name, int otherwise) {
  const char *value = getenv(name);
  return value ? atoi(value) : otherwise;
}

int cuInit(unsigned flags) { return setting("FAKE_INIT", 0); }
int cuDriverGetVersion(int *v) { return *v = setting("FAKE_VERSION", 13010), 0; }
int cuDeviceGetCount(int *n) { return *n = 2, 0; }
int cuDeviceGet(int *device, int n) { return *device = n, n < 2 ? 0 : 101; }
int cuDeviceGetName(char *name, int n, int device) { return strncpy(name, "Fake GPU", n), 0; }
int cuDeviceTotalMem_v2(size_t *bytes, int device) { return *bytes = (size_t)1 << 30, 0; }
int cuDeviceGetAttribute(int *v, int which, int device) {
  return *v = which == 75 ? 9 : which == 16 ? 132 : 0, 0;
}
int cuDevicePrimaryCtxRetain(void **context, int device) {
  return *context = (void *)(uintptr_t)(0x1000 + device), 0;
}
int cuCtxSetCurrent(void *context) { return context ? 0 : 201; }
int cuMemGetInfo_v2(size_t *free, size_t *all) {
  return *free = (size_t)1 << 29, *all = (size_t)1 << 30, 0;
}
int cuMemAlloc_v2(Address *at, size_t n) {
  if (n > (size_t)1 << 30) return 2;
  return *at = (Address)aligned_alloc(256, (n + 255) / 256 * 256), 0;
}
int cuMemFree_v2(Address at) { return free((void *)at), 0; }
int cuMemHostAlloc(void **at, size_t n, unsigned flags) { return *at = malloc(n), 0; }
int cuMemcpyHtoDAsync_v2(Address to, const void *from, size_t n, void *stream) {
  return memcpy((void *)to, from, n), 0;
}
int cuMemcpyDtoHAsync_v2(void *to, Address from, size_t n, void *stream) {
  return memcpy(to, (void *)from, n), 0;
}
int cuMemcpyDtoDAsync_v2(Address to, Address from, size_t n, void *stream) {
  return memmove((void *)to, (void *)from, n), 0;
}
int cuMemsetD32Async(Address to, unsigned word, size_t n, void *stream) {
  for (size_t i = 0; i < n; i++) ((unsigned *)to)[i] = word;
  return 0;
}
int cuModuleLoadData(void **module, const void *text) {
  return *module = (void *)text, strstr(text, ".version") ? 0 : 218;
}
int cuModuleLoadDataEx(void **m, const void *text, unsigned n, int *options, void **values) {
  return cuModuleLoadData(m, text);
}
int cuModuleGetFunction(void **function, void *module, const char *name) {
  return *function = strdup(name), strcmp(name, "nothing") ? 0 : 500;
}
int cuFuncSetAttribute(char *name, int which, int value) {
  return printf("%s may have %d, %d\n", name, which, value), fflush(stdout), 0;
}
int cuStreamCreate(void **stream, unsigned flags) {
  static uintptr_t last = 0x4000;
  return *stream = (void *)(last += 0x1000), 0;
}
int cuStreamSynchronize(void *stream) { return setting("FAKE_SYNC", 0); }
int cuStreamWaitEvent(void *stream, void *event, unsigned flags) { return 0; }
int cuEventCreate(void **event, unsigned flags) { return *event = (void *)0x6000, 0; }
int cuEventRecord(void *event, void *stream) { return 0; }
int cuEventSynchronize(void *event) { return 0; }
int cuEventElapsedTime(float *ms, void *from, void *to) { return *ms = 1.5f, 0; }
int cuStreamBeginCapture_v2(void *stream, int mode) { return 0; }
int cuStreamEndCapture(void *stream, void **graph) { return *graph = (void *)0x8000, 0; }
int cuGraphInstantiateWithFlags(void **ready, void *graph, unsigned long long flags) {
  return *ready = (void *)0x9000, graph == (void *)0x8000 ? 0 : 1;
}
int cuGraphDestroy(void *graph) { return graph == (void *)0x8000 ? 0 : 1; }
int cuGraphLaunch(void *ready, void *stream) { return ready == (void *)0x9000 ? 0 : 1; }
int cuGraphExecDestroy(void *ready) { return ready == (void *)0x9000 ? 0 : 1; }
int cuGetErrorString(int status, const char **text) {
  return *text = status == 700 ? "an illegal memory access was encountered" : "as was asked for", 0;
}

/* What the operands of a library are prepared with: see copy_b32, add_scalar_f32 and rsqrt_f32. */
static void runs(const char *name, int *at) {
  float *y = *(float **)at, *x = *(float **)(at + 2);
  if (!strcmp(name, "copy_b32"))
    for (int i = 0, size = at[4]; i < size; i++) {
      int rest = i, to = 0, from = 0;
      for (int axis = 5; axis >= 0; axis--) {
        int place = axis ? rest % at[4 + axis] : rest;
        rest = axis ? rest / at[4 + axis] : 0;
        to += place * at[10 + axis];
        from += place * at[16 + axis];
      }
      y[to] = x[from];
    }
  int adds = !strcmp(name, "add_scalar_f32");
  if (adds || !strcmp(name, "rsqrt_f32"))
    for (int i = 0; i < at[5]; i++)
      y[i] = adds ? x[i * at[7]] + *(float *)(at + 8) : 1 / sqrtf(x[i * at[7]]);
}

int cuLaunchKernel(char *name, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX,
                   unsigned blockY, unsigned blockZ, unsigned shared, void *stream,
                   void **parameters, void **extra) {
  printf("launch %s %u,%u,%u %u,%u,%u %u:", name, gridX, gridY, gridZ, blockX, blockY, blockZ,
         shared);
  if (parameters || extra[0] != (void *)1 || extra[2] != (void *)2 || extra[4]) return 1;
  for (size_t i = 0; i < *(size_t *)extra[3] / 4; i++) printf(" %x", ((unsigned *)extra[1])[i]);
  printf("\n");
  fflush(stdout);
  runs(name, extra[1]);
  return 0;
}
