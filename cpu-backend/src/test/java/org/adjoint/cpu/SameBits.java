package org.adjoint.cpu;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import org.adjoint.kernels.Kernels;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;

/**
 * A program that prints a checksum of the results of softmax, norms, indexing and random draws;
 * {@link SameBitsTest} compares the prints of JVMs with vectors of all widths and without.
 */
final class SameBits {
  private static final CpuBackend CPU = new CpuBackend();
  private static final Kernels K = CPU.kernels();

  private SameBits() {}

  public static void main(String[] args) {
    StringBuilder first = new StringBuilder();
    for (int threads : new int[] {1, 2, 5}) {
      Parallel.setThreads(threads);
      StringBuilder s = new StringBuilder();
      for (int n : new int[] {1, 10, 31, 64, 100, 1000, 4098}) {
        softmax(s, 200, n);
      }
      for (int[] dims : new int[][] {{5, 3, 1}, {130, 70, 1}, {64, 6, 49}, {3, 5, 40_000}}) {
        norms(s, dims);
      }
      draws(s, 100_003);
      if (first.isEmpty()) {
        first.append(s);
        System.out.print(s);
      } else if (!first.toString().contentEquals(s)) {
        System.out.println(threads + " threads differ:\n" + s);
      }
    }
  }

  private static Tensor random(int seed, int... dims) {
    float[] v = new float[Shape.of(dims).size()];
    SplittableRandom r = new SplittableRandom(seed);
    for (int i = 0; i < v.length; i++) {
      v[i] = (float) r.nextDouble(-4, 4);
    }
    return Tensor.of(CPU, v, dims);
  }

  private static Tensor room(int... dims) {
    return Tensor.zeros(CPU, DType.F32, dims);
  }

  private static void add(StringBuilder s, String what, Tensor... results) {
    CRC32 crc = new CRC32();
    for (Tensor t : results) {
      crc.update(
          Arrays.toString(t.toDoubleArray()).getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
    s.append(what).append(' ').append(Long.toHexString(crc.getValue())).append('\n');
  }

  private static void softmax(StringBuilder s, int rows, int n) {
    Tensor x = random(n, rows, n);
    Tensor dy = random(n + 1, rows, n);
    int[] label = new int[rows];
    Arrays.setAll(label, i -> i % n);
    Tensor labels = Tensor.of(CPU, label, rows);
    Tensor[] r = new Tensor[6];
    Arrays.setAll(r, i -> room(rows, n));
    Tensor losses = room(rows);
    K.softmax().softmax(x, r[0]);
    K.softmax().softmaxGradient(r[0], dy, r[1]);
    K.softmax().logSoftmax(x, r[2]);
    K.softmax().logSoftmaxGradient(r[2], dy, r[3]);
    K.softmax().crossEntropy(x, labels, r[4], losses);
    K.softmax().crossEntropyGradient(r[4], labels, losses, r[5]);
    add(s, "softmax " + n, r);
    K.softmax()
        .crossEntropyGradient(r[4], labels, losses.slice(0, 0, 1).expand(Shape.of(rows)), r[5]);
    add(s, "cross-entropy " + n, losses, r[5]);
    Tensor picked = room(rows, 1);
    K.indexing().gather(x, 1, labels.reshape(rows, 1), picked);
    K.indexing().scatterAdd(picked, 1, labels.reshape(rows, 1), r[0]);
    add(s, "indexing " + n, picked, r[0]);
  }

  private static void norms(StringBuilder s, int... dims) {
    Tensor x = random(1, dims);
    Tensor dy = random(2, dims);
    int c = dims[1];
    Tensor gamma = random(3, c);
    Tensor[] r = {room(c), room(c), room(dims), room(dims), room(c), room(c)};
    K.norms().batchStatistics(x, r[0], r[1]);
    K.norms().batchNorm(x, r[0], r[1], gamma, gamma, 1e-5, r[2]);
    K.norms().batchNormGradient(x, r[0], r[1], gamma, 1e-5, dy, r[3], r[4], r[5]);
    add(s, "norm " + Arrays.toString(dims), r);
  }

  private static void draws(StringBuilder s, int n) {
    Tensor t = room(n);
    for (long offset : new long[] {0, 1, 2, 3, 1L << 40, -5}) {
      K.random().uniform(7, offset, -1, 2, t);
      add(s, "uniform", t);
      K.random().normal(-9, offset, 1, 2, t);
      add(s, "normal", t);
      K.random().bernoulli(1L << 50, offset, 0.3, t);
      add(s, "bernoulli", t);
      Tensor order = Tensor.zeros(CPU, DType.I32, n);
      K.random().permutation(3, offset, order);
      add(s, "permutation", order);
    }
  }
}
