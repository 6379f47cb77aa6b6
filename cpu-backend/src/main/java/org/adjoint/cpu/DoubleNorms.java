package org.adjoint.cpu;

import org.adjoint.tensor.Tensor;

/** Batch normalisation in float64: plain loops, for gradient checks. A thread takes channels. */
final class DoubleNorms {
  private DoubleNorms() {}

  static void batchStatistics(Tensor x, Tensor mean, Tensor variance) {
    int n = x.dim(0);
    int channels = x.dim(1);
    int spatial = x.dim(2);
    double count = (double) n * spatial;
    double[] from = Heap.doubles(x);
    double[] m = Heap.doubles(mean);
    double[] v = Heap.doubles(variance);
    int fromAt = Heap.at(x);
    int meanAt = Heap.at(mean);
    int varianceAt = Heap.at(variance);
    new RowTask() {
      @Override
      void rows(int first, int last) {
        for (int c = first; c < last; c++) {
          double sum = 0;
          for (int i = 0; i < n; i++) {
            int at = fromAt + (i * channels + c) * spatial;
            for (int s = at; s < at + spatial; s++) {
              sum += from[s];
            }
          }
          double about = sum / count;
          double squares = 0;
          for (int i = 0; i < n; i++) {
            int at = fromAt + (i * channels + c) * spatial;
            for (int s = at; s < at + spatial; s++) {
              squares += (from[s] - about) * (from[s] - about);
            }
          }
          m[meanAt + c] = about;
          v[varianceAt + c] = squares / count;
        }
      }
    }.split(channels, 4L * x.size());
  }

  static void batchNorm(
      Tensor x, Tensor mean, Tensor variance, Tensor gamma, Tensor beta, double epsilon, Tensor y) {
    int channels = x.dim(1);
    int spatial = x.dim(2);
    double[] from = Heap.doubles(x);
    double[] m = Heap.doubles(mean);
    double[] v = Heap.doubles(variance);
    double[] scale = Heap.doubles(gamma);
    double[] shift = Heap.doubles(beta);
    double[] to = Heap.doubles(y);
    int fromAt = Heap.at(x);
    int meanAt = Heap.at(mean);
    int varianceAt = Heap.at(variance);
    int scaleAt = Heap.at(gamma);
    int shiftAt = Heap.at(beta);
    int toAt = Heap.at(y);
    new RowTask() {
      @Override
      void rows(int first, int last) {
        for (int r = first; r < last; r++) {
          int c = r % channels;
          double about = m[meanAt + c];
          double deviation = Math.sqrt(v[varianceAt + c] + epsilon);
          double f = scale[scaleAt + c];
          double b = shift[shiftAt + c];
          for (int i = r * spatial; i < (r + 1) * spatial; i++) {
            to[toAt + i] = (from[fromAt + i] - about) / deviation * f + b;
          }
        }
      }
    }.split(x.dim(0) * channels, 8L * x.size());
  }

  static void batchNormGradient(
      Tensor x,
      Tensor mean,
      Tensor variance,
      Tensor gamma,
      double epsilon,
      Tensor dy,
      Tensor dx,
      Tensor dgamma,
      Tensor dbeta) {
    int n = x.dim(0);
    int channels = x.dim(1);
    int spatial = x.dim(2);
    double count = (double) n * spatial;
    double[] from = Heap.doubles(x);
    double[] m = Heap.doubles(mean);
    double[] v = Heap.doubles(variance);
    double[] scale = Heap.doubles(gamma);
    double[] gradient = Heap.doubles(dy);
    double[] to = Heap.doubles(dx);
    double[] scaleGradient = Heap.doubles(dgamma);
    double[] shiftGradient = Heap.doubles(dbeta);
    int fromAt = Heap.at(x);
    int meanAt = Heap.at(mean);
    int varianceAt = Heap.at(variance);
    int scaleAt = Heap.at(gamma);
    int gradientAt = Heap.at(dy);
    int toAt = Heap.at(dx);
    int scaleGradientAt = Heap.at(dgamma);
    int shiftGradientAt = Heap.at(dbeta);
    new RowTask() {
      @Override
      void rows(int first, int last) {
        for (int c = first; c < last; c++) {
          double about = m[meanAt + c];
          double deviation = Math.sqrt(v[varianceAt + c] + epsilon);
          double sum = 0;
          double product = 0;
          for (int i = 0; i < n; i++) {
            int at = (i * channels + c) * spatial;
            for (int s = at; s < at + spatial; s++) {
              sum += gradient[gradientAt + s];
              product += gradient[gradientAt + s] * ((from[fromAt + s] - about) / deviation);
            }
          }
          shiftGradient[shiftGradientAt + c] = sum;
          scaleGradient[scaleGradientAt + c] = product;
          double f = scale[scaleAt + c] / deviation;
          for (int i = 0; i < n; i++) {
            int at = (i * channels + c) * spatial;
            for (int s = at; s < at + spatial; s++) {
              double normal = (from[fromAt + s] - about) / deviation;
              double centred = gradient[gradientAt + s] - sum / count - normal * product / count;
              to[toAt + s] = f * centred;
            }
          }
        }
      }
    }.split(channels, 16L * x.size());
  }
}
