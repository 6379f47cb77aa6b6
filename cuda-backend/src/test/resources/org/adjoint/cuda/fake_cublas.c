/*
 * A cuBLAS of one product, for fake_driver.c, whose memory is the host's: matrices lie by columns,
 * as the real one has them. VERSION is its number. FAKE_CUBLAS is the status to be created with,
 * FAKE_CUBLAS_RUN that of products; FAKE_LOG has each product printed, FAKE_QUEUES each
 * change of the queue.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *queue, *scratch;
static size_t room;

static int setting(const char *name) {
  const char *value = getenv(name);
  return value ? atoi(value) : 0;
}

int cublasCreate_v2(void **handle) { return *handle = malloc(1), setting("FAKE_CUBLAS"); }
int cublasSetStream_v2(void *handle, void *stream) {
  if (getenv("FAKE_QUEUES")) printf("products to %p\n", stream), fflush(stdout);
  return queue = stream, scratch = 0, stream ? 0 : 7;
}
int cublasSetWorkspace_v2(void *handle, void *at, size_t bytes) {
  return scratch = at, room = bytes, (uintptr_t)at % 256 ? 7 : 0;
}
int cublasGetVersion_v2(void *handle, int *version) { return *version = VERSION, 0; }
int cublasGetProperty(int which, int *value) {
  int parts[] = {VERSION / 10000, VERSION / 100 % 100, VERSION % 100};
  return *value = parts[which], 0;
}

int cublasGemmStridedBatchedEx(void *handle, int transA, int transB, int m, int n, int k,
                               const float *alpha, const float *a, int aType, int lda,
                               long long strideA, const float *b, int bType, int ldb,
                               long long strideB, const float *beta, float *c, int cType, int ldc,
                               long long strideC, int batch, int compute, int algorithm) {
  if (setting("FAKE_CUBLAS_RUN")) return setting("FAKE_CUBLAS_RUN");
  if (aType || bType || cType || algorithm != -1) return 15;
  if (compute != 68 && compute != 75 && compute != 77) return 15;
  if (!queue || !scratch || lda < (transA ? k : m) || ldb < (transB ? n : k) || ldc < m) return 7;
  if (getenv("FAKE_LOG")) printf("product %d x %d x %d, compute %d, beta %g\n", m, n, k, compute, *beta);
  fflush(stdout);
  memset(scratch, -1, room);
  for (int i = 0; i < batch; i++, a += strideA, b += strideB, c += strideC)
    for (int col = 0; col < n; col++)
      for (int row = 0; row < m; row++) {
        float sum = 0;
        for (int l = 0; l < k; l++)
          sum += a[transA ? row * lda + l : l * lda + row] * b[transB ? l * ldb + col : col * ldb + l];
        float *y = &c[col * ldc + row];
        *y = *alpha * sum + (*beta == 0 ? 0 : *beta * *y);
      }
  return 0;
}
