/*
 * A cuDNN for fake_driver.c, whose memory is the host's: descriptors are kept and looked at, and
 * what is asked for is computed by plain loops. FAKE_CUDNN is the status to be created with;
 * FAKE_CUDNN_RUN that of all convolutions, or of those by algorithm FAKE_CUDNN_ALGORITHM;
 * FAKE_LOG has each convolution printed, FAKE_QUEUES each change of the queue.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BAD = 2000, UNSUPPORTED = 3000 };

typedef struct { int n, c, h, w; } Shape;
typedef struct { int padH, padW, strideH, strideW, dilationH, dilationW, groups, math; } Geometry;
typedef struct { int h, w, padH, padW, strideH, strideW; } Window;
typedef struct {
  int algorithm, status;
  float time;
  size_t memory;
  int determinism, math, reserved[3];
} Rank;

static void *queue;

static int setting(const char *name, int otherwise) {
  const char *value = getenv(name);
  return value ? atoi(value) : otherwise;
}

size_t cudnnGetVersion(void) { return 92400; }
const char *cudnnGetErrorString(int status) { return status == 5000 ? "FAKE_FAILED" : "FAKE"; }
int cudnnCreate(void **handle) { return *handle = &queue, setting("FAKE_CUDNN", 0); }
int cudnnSetStream(void *handle, void *stream) {
  if (getenv("FAKE_QUEUES")) printf("convolutions to %p\n", stream), fflush(stdout);
  return queue = stream, handle == &queue && stream ? 0 : BAD;
}

int cudnnCreateTensorDescriptor(Shape **d) { return *d = calloc(1, sizeof(Shape)), 0; }
int cudnnDestroyTensorDescriptor(Shape *d) { return free(d), 0; }
int cudnnCreateFilterDescriptor(Shape **d) { return *d = calloc(1, sizeof(Shape)), 0; }
int cudnnDestroyFilterDescriptor(Shape *d) { return free(d), 0; }
int cudnnCreateConvolutionDescriptor(Geometry **d) { return *d = calloc(1, sizeof(Geometry)), 0; }
int cudnnDestroyConvolutionDescriptor(Geometry *d) { return free(d), 0; }
int cudnnCreatePoolingDescriptor(Window **d) { return *d = calloc(1, sizeof(Window)), 0; }

static int set(Shape *d, int format, int type, int n, int c, int h, int w) {
  *d = (Shape){n, c, h, w};
  return format || type || n < 1 || c < 1 || h < 1 || w < 1 ? BAD : 0;
}
int cudnnSetTensor4dDescriptor(Shape *d, int format, int type, int n, int c, int h, int w) {
  return set(d, format, type, n, c, h, w);
}
int cudnnSetFilter4dDescriptor(Shape *d, int type, int format, int k, int c, int h, int w) {
  return set(d, format, type, k, c, h, w);
}
int cudnnSetConvolution2dDescriptor(Geometry *d, int padH, int padW, int strideH, int strideW,
                                    int dilationH, int dilationW, int mode, int type) {
  *d = (Geometry){padH, padW, strideH, strideW, dilationH, dilationW, 1, 0};
  return mode == 1 && type == 0 ? 0 : BAD;
}
int cudnnSetConvolutionGroupCount(Geometry *d, int groups) { return d->groups = groups, 0; }
int cudnnSetConvolutionMathType(Geometry *d, int math) { return d->math = math, 0; }
int cudnnSetPooling2dDescriptor(Window *d, int mode, int nan, int h, int w, int padH, int padW,
                                int strideH, int strideW) {
  *d = (Window){h, w, padH, padW, strideH, strideW};
  return mode == 1 && nan == 1 ? 0 : BAD;
}

static size_t count(Shape *s) { return (size_t)s->n * s->c * s->h * s->w; }

static int extent(int in, int window, int stride, int pad, int dilation) {
  return (in + 2 * pad - dilation * (window - 1) - 1) / stride + 1;
}

/* Winograd is best where it may be used, then what adds atomically; 2 is refused by all. */
static int rank(Rank *all, int requested, int *found, const int *order, int n) {
  for (*found = 0; *found < n && *found < requested; ++*found)
    all[*found] = (Rank){.algorithm = order[*found], .status = order[*found] == 2 ? UNSUPPORTED : 0};
  return 0;
}
static int unfit(Shape *x, Shape *w, Geometry *g, Shape *y) {
  return y->n != x->n || y->c != w->n || x->c != w->c * g->groups || w->n % g->groups ||
         y->h != extent(x->h, w->h, g->strideH, g->padH, g->dilationH) ||
         y->w != extent(x->w, w->w, g->strideW, g->padW, g->dilationW);
}
static int size(int algorithm, size_t *bytes) {
  return *bytes = algorithm == 1 ? 3000000 : algorithm == 7 ? (size_t)1 << 40 : 0, 0;
}

int cudnnGetConvolutionForwardAlgorithm_v7(void *handle, Shape *x, Shape *w, Geometry *g, Shape *y,
                                           int requested, int *found, Rank *all) {
  return unfit(x, w, g, y) ? BAD : rank(all, requested, found, (int[]){7, 6, 2, 1, 0}, 5);
}
int cudnnGetConvolutionBackwardDataAlgorithm_v7(void *handle, Shape *w, Shape *y, Geometry *g,
                                                Shape *x, int requested, int *found, Rank *all) {
  return unfit(x, w, g, y) ? BAD : rank(all, requested, found, (int[]){0, 4, 1}, 3);
}
int cudnnGetConvolutionBackwardFilterAlgorithm_v7(void *handle, Shape *x, Shape *y, Geometry *g,
                                                  Shape *w, int requested, int *found, Rank *all) {
  return unfit(x, w, g, y) ? BAD : rank(all, requested, found, (int[]){3, 5, 1}, 3);
}
int cudnnGetConvolutionForwardWorkspaceSize(void *handle, Shape *x, Shape *w, Geometry *g, Shape *y,
                                            int algorithm, size_t *bytes) {
  return unfit(x, w, g, y) ? BAD : size(algorithm, bytes);
}
int cudnnGetConvolutionBackwardDataWorkspaceSize(void *handle, Shape *w, Shape *y, Geometry *g,
                                                 Shape *x, int algorithm, size_t *bytes) {
  return unfit(x, w, g, y) ? BAD : size(algorithm, bytes);
}
int cudnnGetConvolutionBackwardFilterWorkspaceSize(void *handle, Shape *x, Shape *y, Geometry *g,
                                                   Shape *w, int algorithm, size_t *bytes) {
  return unfit(x, w, g, y) ? BAD : size(algorithm, bytes);
}

/* What is 0 is computed from the two others. */
static int convolve(char what, Shape *xs, float *x, Shape *ws, float *w, Geometry *g, Shape *ys,
                    float *y, const float *alpha, const float *beta, int algorithm, void *scratch,
                    size_t room) {
  if (getenv("FAKE_LOG")) printf("convolution %c by %d, math %d\n", what, algorithm, g->math);
  fflush(stdout);
  int status = setting("FAKE_CUDNN_RUN", 0), which = setting("FAKE_CUDNN_ALGORITHM", -1);
  if (status && (which < 0 || which == algorithm)) return status;
  size_t needed;
  size(algorithm, &needed);
  if (!queue || unfit(xs, ws, g, ys) || room < needed || *alpha != 1 || *beta != 0) return BAD;
  if (needed) memset(scratch, -1, needed);
  if (what == 'y') memset(y, 0, count(ys) * 4);
  if (what == 'x') memset(x, 0, count(xs) * 4);
  if (what == 'w') memset(w, 0, count(ws) * 4);
  int filters = ws->n / g->groups;
  for (int n = 0; n < ys->n; n++)
    for (int o = 0; o < ys->c; o++)
      for (int i = 0; i < ys->h; i++)
        for (int j = 0; j < ys->w; j++)
          for (int c = 0; c < ws->c; c++)
            for (int p = 0; p < ws->h; p++)
              for (int q = 0; q < ws->w; q++) {
                int row = i * g->strideH + p * g->dilationH - g->padH;
                int col = j * g->strideW + q * g->dilationW - g->padW;
                if (row < 0 || row >= xs->h || col < 0 || col >= xs->w) continue;
                float *a = &x[((n * xs->c + o / filters * ws->c + c) * xs->h + row) * xs->w + col];
                float *b = &w[((o * ws->c + c) * ws->h + p) * ws->w + q];
                float *d = &y[((n * ys->c + o) * ys->h + i) * ys->w + j];
                if (what == 'y') *d += *a * *b;
                if (what == 'x') *a += *d * *b;
                if (what == 'w') *b += *d * *a;
              }
  return 0;
}
int cudnnConvolutionForward(void *handle, const float *alpha, Shape *xs, float *x, Shape *ws,
                            float *w, Geometry *g, int algorithm, void *scratch, size_t room,
                            const float *beta, Shape *ys, float *y) {
  return convolve('y', xs, x, ws, w, g, ys, y, alpha, beta, algorithm, scratch, room);
}
int cudnnConvolutionBackwardData(void *handle, const float *alpha, Shape *ws, float *w, Shape *ys,
                                 float *y, Geometry *g, int algorithm, void *scratch, size_t room,
                                 const float *beta, Shape *xs, float *x) {
  return convolve('x', xs, x, ws, w, g, ys, y, alpha, beta, algorithm, scratch, room);
}
int cudnnConvolutionBackwardFilter(void *handle, const float *alpha, Shape *xs, float *x, Shape *ys,
                                   float *y, Geometry *g, int algorithm, void *scratch, size_t room,
                                   const float *beta, Shape *ws, float *w) {
  return convolve('w', xs, x, ws, w, g, ys, y, alpha, beta, algorithm, scratch, room);
}
int cudnnAddTensor(void *handle, const float *alpha, Shape *as, float *a, const float *beta,
                   Shape *cs, float *c) {
  if (as->n != 1 || as->c != cs->c || as->h != 1 || as->w != 1) return BAD;
  for (size_t i = 0, plane = cs->h * cs->w; i < count(cs); i++)
    c[i] = *alpha * a[i / plane % cs->c] + *beta * c[i];
  return 0;
}

/* Adds each element of one to those of the other that its window holds. */
static int pool(Window *k, Shape *xs, float *x, Shape *ys, float *y, int back) {
  if (!queue || ys->n != xs->n || ys->c != xs->c ||
      ys->h != extent(xs->h, k->h, k->strideH, k->padH, 1) ||
      ys->w != extent(xs->w, k->w, k->strideW, k->padW, 1))
    return BAD;
  memset(back ? x : y, 0, count(back ? xs : ys) * 4);
  for (int plane = 0; plane < ys->n * ys->c; plane++)
    for (int i = 0; i < ys->h; i++)
      for (int j = 0; j < ys->w; j++)
        for (int p = 0; p < k->h; p++)
          for (int q = 0; q < k->w; q++) {
            int row = i * k->strideH + p - k->padH, col = j * k->strideW + q - k->padW;
            if (row < 0 || row >= xs->h || col < 0 || col >= xs->w) continue;
            float *a = &x[(plane * xs->h + row) * xs->w + col];
            float *d = &y[(plane * ys->h + i) * ys->w + j];
            if (back) *a += *d / (k->h * k->w);
            else *d += *a / (k->h * k->w);
          }
  return 0;
}
int cudnnPoolingForward(void *handle, Window *k, const float *alpha, Shape *xs, float *x,
                        const float *beta, Shape *ys, float *y) {
  return *alpha == 1 && *beta == 0 ? pool(k, xs, x, ys, y, 0) : BAD;
}
int cudnnPoolingBackward(void *handle, Window *k, const float *alpha, Shape *ys, float *y,
                         Shape *dys, float *dy, Shape *xs, float *x, const float *beta, Shape *dxs,
                         float *dx) {
  if (count(ys) != count(dys) || count(xs) != count(dxs) || !x || !y) return BAD;
  return *alpha == 1 && *beta == 0 ? pool(k, dxs, dx, dys, dy, 1) : BAD;
}

int cudnnBatchNormalizationForwardInference(void *handle, int mode, const float *alpha,
                                            const float *beta, Shape *xs, float *x, Shape *ys,
                                            float *y, Shape *cs, float *scale, float *shift,
                                            float *mean, float *variance, double epsilon) {
  if (mode != 1 || cs->n != 1 || cs->c != xs->c || cs->h != 1 || cs->w != 1 || !queue) return BAD;
  if (*alpha != 1 || *beta != 0 || count(xs) != count(ys)) return BAD;
  for (size_t i = 0, plane = xs->h * xs->w; i < count(xs); i++) {
    int c = i / plane % xs->c;
    y[i] = (x[i] - mean[c]) / sqrt(variance[c] + epsilon) * scale[c] + shift[c];
  }
  return 0;
}
int cudnnBatchNormalizationBackward(void *handle, int mode, const float *alphaData,
                                    const float *betaData, const float *alphaWeight,
                                    const float *betaWeight, Shape *xs, float *x, Shape *dys,
                                    float *dy, Shape *dxs, float *dx, Shape *cs, float *scale,
                                    float *dscale, float *dshift, double epsilon, float *mean,
                                    float *rstd) {
  if (mode != 1 || cs->n != 1 || cs->c != xs->c || cs->h != 1 || cs->w != 1 || !queue) return BAD;
  if (*alphaData != 1 || *betaData || *alphaWeight != 1 || *betaWeight) return BAD;
  size_t plane = xs->h * xs->w, m = plane * xs->n;
  for (int c = 0; c < xs->c; c++) {
    double sum = 0, product = 0;
    for (size_t k = 0; k < m; k++) {
      size_t i = (k / plane * xs->c + c) * plane + k % plane;
      sum += dy[i];
      product += dy[i] * (x[i] - mean[c]) * rstd[c];
    }
    dshift[c] = sum;
    dscale[c] = product;
    for (size_t k = 0; k < m; k++) {
      size_t i = (k / plane * xs->c + c) * plane + k % plane;
      double scaled = (x[i] - mean[c]) * rstd[c];
      dx[i] = scale[c] * rstd[c] * (dy[i] - sum / m - scaled * product / m);
    }
  }
  return 0;
}
