/*
 * A cuBLAS of one product, for fake_driver.c, whose memory is the host's: matrices lie by columns,
 * as the real one has them.
 */
#include <stdint.h>
#include <stdlib.h>

int cublasCreate_v2(void **handle) { return *handle = malloc(1), getenv("FAKE_CUBLAS") ? 1 : 0; }
int cublasSetStream_v2(void *handle, void *stream) { return stream == (void *)0x5000 ? 0 : 7; }
int cublasGetVersion_v2(void *handle, int *version) { return *version = 130100, 0; }

int cublasGemmStridedBatchedEx(void *handle, int transA, int transB, int m, int n, int k,
                               const float *alpha, const float *a, int aType, int lda,
                               long long strideA, const float *b, int bType, int ldb,
                               long long strideB, const float *beta, float *c, int cType, int ldc,
                               long long strideC, int batch, int compute, int algorithm) {
  if (aType || bType || cType || compute != 68 || algorithm != -1) return 15;
  if (lda < (transA ? k : m) || ldb < (transB ? n : k) || ldc < m) return 7;
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
