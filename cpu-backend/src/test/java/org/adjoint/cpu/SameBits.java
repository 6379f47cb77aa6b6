package org.adjoint.cpu;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import org.adjoint.kernels.AttentionSpec;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.RecurrentCell;
import org.adjoint.kernels.RecurrentSpec;
import org.adjoint.kernels.ReduceOp;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.kernels.UpdateRules;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;

/**
 * A program that prints a checksum of the results of every family of kernels and of every op in the
 * catalogue; {@link SameBitsTest} compares the prints of JVMs with vectors of all widths and
 * without. Each goes through several numbers of threads, or takes the one that it is started with.
 */
final class SameBits {
  private static final CpuBackend CPU = new CpuBackend();
  private static final Kernels K = CPU.kernels();
  private static final Expr SQUARE = Expr.x().times(Expr.x());
  private static final Expr WAVE = Expr.apply(Expr.Function.SIN, Expr.x()).times(Expr.operand(1));

  private SameBits() {}

  public static void main(String[] args) {
    StringBuilder first = new StringBuilder();
    Integer only = Integer.getInteger(Parallel.THREADS_PROPERTY);
    for (int threads : only == null ? new int[] {1, 2, 5} : new int[] {only}) {
      Parallel.setThreads(threads);
      StringBuilder s = new StringBuilder();
      for (int n : new int[] {1, 10, 31, 64, 100, 1000, 4098}) {
        softmax(s, 200, n);
      }
      for (int[] dims : new int[][] {{5, 3, 1}, {130, 70, 1}, {64, 6, 49}, {3, 5, 40_000}}) {
        norms(s, dims);
      }
      for (int[] dims :
          new int[][] {{2, 2, 70, 150, 20}, {1, 1, 1, 300, 9}, {3, 1, 128, 128, 64}}) {
        attention(s, dims);
      }
      for (int[] dims : new int[][] {{3, 7}, {200, 70}, {5000, 33}, {2, 20_000}}) {
        rowNorms(s, dims[0], dims[1]);
      }
      for (int[] sizes : new int[][] {{3, 1, 5}, {4, 37, 33}, {3, 16, 64}}) {
        recurrent(s, sizes);
      }
      draws(s, 100_003);
      for (DType dtype : new DType[] {DType.F32, DType.F64}) {
        new SameBitsProducts(s, K, dtype).all();
        elementwise(s, dtype, 60_003);
        for (int[] dims : new int[][] {{7, 1001, 13}, {301, 1003, 1}, {1, 1003, 301}}) {
          reductions(s, dtype, dims);
        }
        updates(s, dtype, 100_003);
      }
      if (first.isEmpty()) {
        first.append(s);
        new SameBitsCatalogue(CPU, s).all();
        System.out.print(s);
      } else if (!first.toString().contentEquals(s)) {
        System.out.println(threads + " threads differ:\n" + s);
      }
    }
  }

  private static Tensor random(int seed, int... dims) {
    return random(DType.F32, seed, dims);
  }

  static Tensor random(DType dtype, int seed, int... dims) {
    double[] v = new double[Shape.of(dims).size()];
    SplittableRandom r = new SplittableRandom(seed);
    for (int i = 0; i < v.length; i++) {
      v[i] = r.nextDouble(-4, 4);
    }
    if (dtype == DType.F64) {
      return Tensor.of(CPU, v, dims);
    }
    float[] f = new float[v.length];
    for (int i = 0; i < f.length; i++) {
      f[i] = (float) v[i];
    }
    return Tensor.of(CPU, f, dims);
  }

  private static Tensor room(int... dims) {
    return room(DType.F32, dims);
  }

  static Tensor room(DType dtype, int... dims) {
    return Tensor.zeros(CPU, dtype, dims);
  }

  static void add(StringBuilder s, String what, Tensor... results) {
    CRC32 crc = new CRC32();
    for (Tensor t : results) {
      double[] values = t.toDoubleArray();
      ByteBuffer bytes = ByteBuffer.allocate(8 * values.length);
      for (double value : values) {
        bytes.putLong(Double.doubleToLongBits(value));
      }
      crc.update(bytes.flip());
    }
    s.append(what).append(' ').append(Long.toHexString(crc.getValue())).append('\n');
  }

  private static void rowNorms(StringBuilder s, int rows, int n) {
    Tensor x = random(1, rows, n);
    Tensor dy = random(2, rows, n);
    Tensor gamma = random(3, n);
    Tensor[] r = {room(rows, n), room(rows), room(rows), room(rows, n), room(n), room(n)};
    for (boolean centred : new boolean[] {true, false}) {
      K.norms().rowNorm(x, gamma, gamma, centred, 1e-5, r[0], r[1], r[2]);
      K.norms().rowNormGradient(x, r[1], r[2], gamma, centred, dy, r[3], r[4], r[5]);
      add(s, "row norm " + rows + " x " + n, r);
      K.norms().rowNorm(x, gamma, null, centred, 1e-5, r[0], r[1], r[2]);
      K.norms().rowNormGradient(x, r[1], r[2], null, centred, dy, r[3], r[4], null);
      add(s, "row norm " + rows + " x " + n, r);
    }
  }

  private static void attention(StringBuilder s, int... n) {
    Tensor q = random(1, n[0], n[2], n[1], n[4]);
    Tensor k = random(2, n[0], n[3], n[1], n[4]);
    Tensor v = random(3, n[0], n[3], n[1], n[4]);
    Tensor dy = random(4, n[0], n[2], n[1], n[4]);
    Tensor key = Tensor.of(CPU, new float[] {5, 6}, 2);
    Tensor y = room(n[0], n[2], n[1], n[4]);
    Tensor lse = room(n[0], n[1], n[2]);
    Tensor[] d = {room(q.shape().toArray()), room(k.shape().toArray()), room(v.shape().toArray())};
    for (double dropout : new double[] {0, 0.1}) {
      AttentionSpec spec = new AttentionSpec(0.2, dropout == 0, 3, dropout);
      Tensor drawn = dropout == 0 ? null : key;
      K.attention().attention(q, k, v, null, drawn, spec, y, lse);
      K.attention().attentionGradient(q, k, v, null, drawn, spec, y, lse, dy, d[0], d[1], d[2]);
      add(s, "attention " + dropout, y, lse, d[0], d[1], d[2]);
    }
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

  private static void recurrent(StringBuilder s, int... sizes) {
    int steps = sizes[0];
    int n = sizes[1];
    int units = sizes[2];
    for (RecurrentCell cell : RecurrentCell.values()) {
      RecurrentSpec spec = new RecurrentSpec(cell, n > 1);
      int wide = cell.gates() * units;
      int[] ends = new int[n];
      Arrays.setAll(ends, i -> i % (steps + 1));
      Tensor lengths = n == 16 ? null : Tensor.of(CPU, ends, n);
      Tensor initial = random(2, cell.states(), n, units);
      Tensor w = random(3, wide, units);
      Tensor[] r = {
        room(steps, n, cell.saved() * units),
        room(steps + cell.states(), n, units),
        room(steps, n, wide),
        room(steps, n, wide),
        room(cell.states(), n, units)
      };
      K.recurrent()
          .recurrent(
              spec, random(1, steps, n, wide), initial, w, random(4, wide), lengths, r[0], r[1]);
      Tensor dstates = random(5, steps + cell.states(), n, units);
      K.recurrent()
          .recurrentGradient(spec, r[1], r[0], initial, w, lengths, dstates, r[2], r[3], r[4]);
      add(s, cell.label() + " " + Arrays.toString(sizes), r);
    }
    Tensor ends = Tensor.of(CPU, new int[n], n);
    K.elementwise().fill(steps, ends);
    int[] spoken = new int[n * steps];
    Arrays.setAll(spoken, i -> i % units);
    Tensor labels = Tensor.of(CPU, spoken, n, steps);
    Tensor logs = random(6, steps, n, units);
    Tensor[] r = {room(steps, n, 2 * steps + 3), room(n), room(steps, n, units)};
    K.recurrent().ctc(logs, labels, ends, ends, 0, r[0], r[1]);
    K.recurrent().ctcGradient(logs, labels, ends, ends, 0, r[0], r[1], random(7, n), r[2]);
    add(s, "ctc " + Arrays.toString(sizes), r);
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

  private static void elementwise(StringBuilder s, DType dtype, int n) {
    Tensor a = random(dtype, 1, n);
    Tensor b = random(dtype, 2, n);
    Tensor y = room(dtype, n);
    Tensor dx = room(dtype, n);
    double[] parameters = {0.3, 1.7};
    for (UnaryOp op : UnaryOp.values()) {
      K.elementwise().unary(op, a, parameters[0], parameters[1], y);
      K.elementwise().map(op.vjp(), parameters, dx, a, y, b);
      add(s, dtype + " " + op, y, dx);
    }
    Tensor table = random(dtype, 3, 41, 3, 64);
    Tensor row = random(dtype, 4, 64);
    Tensor wide = room(dtype, 41, 3, 64);
    for (BinaryOp op : BinaryOp.values()) {
      K.elementwise().binary(op, a, b, y);
      K.elementwise().binary(op, table, row, wide);
      add(s, dtype + " " + op, y, wide);
    }
  }

  private static void reductions(StringBuilder s, DType dtype, int... dims) {
    Tensor x = random(dtype, 5, dims);
    for (int axis = 0; axis < dims.length; axis++) {
      int[] rest = Shape.of(dims).remove(axis).toArray();
      for (ReduceOp op : ReduceOp.values()) {
        Tensor y = room(dtype, rest);
        K.reductions().reduce(op, x, axis, y);
        Tensor squares = room(dtype, rest);
        K.reductions().mapReduce(op, SQUARE, new double[0], axis, squares, x);
        Tensor waves = room(dtype, rest);
        K.reductions().mapReduce(op, WAVE, new double[0], axis, waves, x, x);
        String what = dtype + " " + op + " of " + Arrays.toString(dims) + " along " + axis;
        add(s, what, y, squares, waves);
      }
      Tensor largest = room(DType.I32, rest);
      Tensor smallest = room(DType.I32, rest);
      K.reductions().argReduce(true, x, axis, largest);
      K.reductions().argReduce(false, x, axis, smallest);
      Tensor sums = room(dtype, dims);
      Tensor order = room(DType.I32, dims);
      K.reductions().scan(ReduceOp.SUM, false, x, axis, sums);
      K.indexing().argSort(false, x, axis, order);
      add(s, dtype + " order in " + Arrays.toString(dims) + " along " + axis, sums, order);
      add(s, dtype + " places in " + Arrays.toString(dims) + " along " + axis, largest, smallest);
    }
  }

  private static void updates(StringBuilder s, DType dtype, int n) {
    Tensor p = random(dtype, 6, n);
    Tensor g = random(dtype, 7, n);
    Tensor v = room(dtype, n);
    K.updates().update(UpdateRules.sgd(0.1, 0, 0, false, 0.01, false), p, g);
    add(s, dtype + " descent", p);
    for (int step = 0; step < 3; step++) {
      K.updates().update(UpdateRules.sgd(0.1, 0.9, 0, step == 2, 0.01, false), p, g, v);
    }
    add(s, dtype + " momentum", p, v);
    int[] named = new int[5_000];
    for (int i = 0; i < named.length; i++) {
      named[i] = i * i % 1_009;
    }
    Tensor index = Tensor.of(CPU, named, named.length);
    Tensor table = random(dtype, 8, 1_009, 103);
    Tensor rows = random(dtype, 9, named.length, 103);
    K.updates().updateRows(UpdateRules.sgd(0.1), index, table, rows);
    add(s, dtype + " descent of rows", table);
    Tensor m = room(dtype, n);
    Tensor square = room(dtype, n);
    for (int step = 1; step <= 4; step++) {
      K.updates()
          .update(
              UpdateRules.adam(0.01, 0.9, 0.999, 1e-8, 0.1, step % 2 == 0, false, step),
              p,
              g,
              m,
              square);
    }
    add(s, dtype + " Adam", p, m, square);
  }
}
