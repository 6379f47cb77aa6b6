package org.adjoint.kernels.ptx;

import java.util.Arrays;
import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.kernels.Pool2dSpec;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Convolution and pooling, forward and back, against the reference. */
class ConvolutionsPtxTest {
  /**
   * batch, in, height, width, out, kernelH, kernelW, strideH, strideW, padH, padW, dilH, dilW, g.
   */
  private static final int[][] CONVOLUTIONS = {
    {1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1}, {1, 1, 5, 5, 1, 3, 3, 1, 1, 0, 0, 1, 1, 1},
    {2, 1, 8, 8, 6, 5, 5, 1, 1, 2, 2, 1, 1, 1}, {1, 3, 7, 9, 4, 3, 2, 2, 1, 1, 0, 1, 1, 1},
    {2, 4, 6, 5, 6, 3, 3, 1, 2, 1, 1, 1, 1, 2}, {1, 6, 5, 5, 6, 3, 3, 1, 1, 1, 1, 1, 1, 6},
    {1, 2, 9, 9, 3, 3, 3, 1, 1, 2, 2, 2, 2, 1}, {1, 2, 10, 7, 3, 2, 3, 3, 2, 0, 1, 2, 1, 1},
    {3, 2, 1, 12, 5, 1, 3, 1, 1, 0, 1, 1, 1, 1}, {1, 17, 4, 4, 66, 1, 1, 1, 1, 0, 0, 1, 1, 1},
    {1, 66, 3, 3, 5, 2, 2, 1, 1, 0, 0, 1, 1, 1}, {2, 3, 11, 11, 7, 3, 3, 2, 2, 1, 1, 1, 1, 1},
    {1, 1, 4, 4, 2, 4, 4, 4, 4, 0, 0, 1, 1, 1}, {1, 1, 3, 3, 1, 3, 3, 5, 5, 2, 2, 1, 1, 1},
    {5, 1, 6, 6, 2, 3, 3, 1, 1, 0, 0, 1, 1, 1}, {1, 4, 5, 6, 8, 3, 3, 1, 1, 1, 1, 1, 1, 4},
    {2, 2, 16, 3, 2, 5, 1, 2, 1, 2, 0, 1, 1, 2}, {1, 1, 2, 2, 1, 2, 2, 1, 1, 1, 1, 1, 1, 1},
    {1, 3, 12, 12, 4, 3, 3, 1, 1, 3, 3, 3, 3, 1}, {1, 8, 4, 4, 8, 2, 2, 2, 2, 0, 0, 1, 1, 2}
  };

  private static int[] dims(int... d) {
    return d;
  }

  private static int product(int[] d) {
    return Arrays.stream(d).reduce(1, (a, b) -> a * b);
  }

  private static Dim3 grid(int columns, int rows, int z) {
    return new Dim3((columns + 63) / 64, (rows + 63) / 64, z);
  }

  @Test
  void convolutions() {
    try (PtxRun run = new PtxRun()) {
      for (int[] c : CONVOLUTIONS) {
        convolution(run, c);
        run.clear();
      }
    }
  }

  private static Object[] arguments(int[] c, int outH, int outW, Object... first) {
    Object[] all = Arrays.copyOf(first, first.length + 16);
    int[] order = {
      c[0], c[1], c[2], c[3], c[4], outH, outW, c[5], c[6], c[7], c[8], c[9], c[10], c[11], c[12],
      c[13]
    };
    for (int i = 0; i < 16; i++) {
      all[first.length + i] = order[i];
    }
    return all;
  }

  private static void convolution(PtxRun run, int[] c) {
    Conv2dSpec spec = new Conv2dSpec(c[7], c[8], c[9], c[10], c[11], c[12], c[13]);
    int outH = Conv2dSpec.extent(c[2], c[5], c[7], c[9], c[11]);
    int outW = Conv2dSpec.extent(c[3], c[6], c[8], c[10], c[12]);
    int groups = c[13];
    int ins = c[1] / groups;
    int outs = c[4] / groups;
    int taps = ins * c[5] * c[6];
    int[] xs = dims(c[0], c[1], c[2], c[3]);
    int[] ws = dims(c[4], ins, c[5], c[6]);
    int[] ys = dims(c[0], c[4], outH, outW);
    float[] x = PtxRun.numbers(1, product(xs));
    float[] w = PtxRun.numbers(2, product(ws));
    float[] bias = PtxRun.numbers(3, c[4]);
    float[] dy = PtxRun.numbers(4, product(ys));
    String what = Arrays.toString(c);
    var reference = PtxCompare.reference().convolutions();
    Tensor bx = PtxCompare.exact(x, xs);
    Tensor mx = PtxCompare.magnitude(x, xs);
    Tensor bw = PtxCompare.exact(w, ws);
    Tensor mw = PtxCompare.magnitude(w, ws);
    Tensor bd = PtxCompare.exact(dy, ys);
    Tensor md = PtxCompare.magnitude(dy, ys);

    long y = run.words(dy.length);
    long xAt = run.in(x);
    long wAt = run.in(w);
    long dyAt = run.in(dy);
    run.launch(
        "convolutions.ptx",
        "conv2d_f32",
        grid(c[0] * outH * outW, outs, groups),
        Dim3.of(256),
        arguments(c, outH, outW, y, xAt, wAt, run.in(bias)));
    Tensor expected = PtxCompare.blank(ys);
    Tensor sums = PtxCompare.blank(ys);
    reference.conv2d(bx, bw, PtxCompare.exact(bias, c[4]), spec, expected);
    reference.conv2d(mx, mw, PtxCompare.magnitude(bias, c[4]), spec, sums);
    PtxCompare.bound(
        "forward " + what,
        run.floats(y, dy.length),
        expected.toDoubleArray(),
        taps,
        sums.toDoubleArray());

    long dx = run.words(x.length);
    run.launch(
        "convolutions.ptx",
        "conv2d_input_gradient_f32",
        grid(c[0] * c[2] * c[3], ins, groups),
        Dim3.of(256),
        arguments(c, outH, outW, dx, dyAt, wAt));
    expected = PtxCompare.blank(xs);
    sums = PtxCompare.blank(xs);
    reference.conv2dInputGradient(bd, bw, spec, expected);
    reference.conv2dInputGradient(md, mw, spec, sums);
    PtxCompare.bound(
        "by input " + what,
        run.floats(dx, x.length),
        expected.toDoubleArray(),
        outs * c[5] * c[6],
        sums.toDoubleArray());

    int depth = c[0] * outH * outW;
    int chunk = 32;
    int chunks = (depth + chunk - 1) / chunk;
    long parts = run.words(chunks * w.length);
    Object[] arguments = arguments(c, outH, outW, parts, xAt, dyAt);
    arguments = Arrays.copyOf(arguments, arguments.length + 1);
    arguments[arguments.length - 1] = chunk;
    run.launch(
        "convolutions.ptx",
        "conv2d_weight_gradient_f32",
        grid(taps, outs, groups * chunks),
        Dim3.of(256),
        arguments);
    long dw = run.words(w.length);
    run.launch(
        "reductions.ptx",
        "sum_columns_f32",
        Dim3.of(2),
        Dim3.of(32, 8),
        dw,
        parts,
        1,
        chunks,
        w.length,
        2048,
        1,
        1f);
    expected = PtxCompare.blank(ws);
    sums = PtxCompare.blank(ws);
    reference.conv2dWeightGradient(bx, bd, spec, expected);
    reference.conv2dWeightGradient(mx, md, spec, sums);
    PtxCompare.bound(
        "by weight " + what,
        run.floats(dw, w.length),
        expected.toDoubleArray(),
        depth,
        sums.toDoubleArray());
  }

  /** planes, height, width, kernelH, kernelW, strideH, strideW, padH, padW. */
  private static final int[][] POOLS = {
    {1, 1, 1, 1, 1, 1, 1, 0, 0}, {2, 4, 4, 2, 2, 2, 2, 0, 0}, {3, 5, 7, 3, 3, 2, 2, 1, 1},
    {1, 6, 6, 3, 2, 1, 1, 1, 1}, {4, 8, 8, 2, 2, 3, 3, 0, 0}, {9, 3, 3, 3, 3, 1, 1, 1, 1},
    {1, 10, 1, 4, 1, 2, 1, 2, 0}, {2, 1, 13, 1, 5, 1, 3, 0, 2}, {1, 28, 28, 2, 2, 2, 2, 0, 0},
    {5, 7, 6, 2, 3, 1, 2, 1, 1}, {1, 9, 9, 5, 5, 1, 1, 2, 2}, {33, 4, 5, 2, 2, 2, 1, 0, 0},
    {8, 2, 2, 2, 2, 2, 2, 1, 1}, {1, 12, 11, 3, 3, 3, 3, 0, 0}, {2, 5, 5, 5, 5, 5, 5, 0, 0},
    {1, 16, 2, 2, 2, 1, 1, 0, 0}, {7, 3, 8, 1, 2, 1, 2, 0, 1}, {1, 20, 3, 4, 3, 4, 1, 0, 0},
    {2, 6, 9, 3, 3, 2, 3, 0, 1}, {16, 4, 4, 3, 3, 1, 1, 1, 1}
  };

  @Test
  void pooling() {
    try (PtxRun run = new PtxRun()) {
      for (int[] p : POOLS) {
        Pool2dSpec spec = new Pool2dSpec(p[3], p[4], p[5], p[6], p[7], p[8]);
        pool(run, p, spec);
        run.clear();
        pool(run, p, spec.roundedUp());
        run.clear();
        Pool2dSpec dilated = spec.dilated(1 + p[1] / 5, 1 + p[2] / 4);
        if (dilated.outH(p[1]) > 0 && dilated.outW(p[2]) > 0) {
          pool(run, p, dilated);
          run.clear();
        }
      }
    }
  }

  private static void pool(PtxRun run, int[] p, Pool2dSpec spec) {
    int outH = spec.outH(p[1]);
    int outW = spec.outW(p[2]);
    int[] xs = dims(1, p[0], p[1], p[2]);
    int[] ys = dims(1, p[0], outH, outW);
    float[] x = PtxRun.mixed(1, product(xs), -2, 2);
    float[] plain = PtxRun.numbers(1, product(xs));
    float[] dy = PtxRun.numbers(4, product(ys));
    Object[] geometry = {p[0], p[1], p[2], outH, outW, p[3], p[4], p[5], p[6], p[7], p[8]};
    Object[] dilated = concat(new Object[] {spec.dilationH(), spec.dilationW()}, geometry);
    String what = p[0] + " planes, " + spec;
    var reference = PtxCompare.reference().convolutions();

    long y = run.words(dy.length);
    long index = run.words(dy.length);
    run.launch(
        "pooling.ptx",
        "max_pool_f32",
        Dim3.of(2),
        Dim3.of(64),
        concat(dilated, y, index, run.in(x)));
    Tensor expected = PtxCompare.blank(ys);
    Tensor places = PtxCompare.ints(new int[dy.length], ys);
    reference.maxPool2d(PtxCompare.exact(x, xs), spec, expected, places);
    PtxCompare.same("max " + what, run.ints(index, dy.length), places.toIntArray());
    PtxCompare.rounded("max " + what, run.floats(y, dy.length), expected);

    long dyAt = run.in(dy);
    long dx = run.words(x.length);
    run.launch(
        "pooling.ptx",
        "max_pool_gradient_f32",
        Dim3.of(2),
        Dim3.of(32, 8),
        dx,
        dyAt,
        index,
        p[0],
        p[1] * p[2],
        outH * outW);
    expected = PtxCompare.blank(xs);
    Tensor sums = PtxCompare.blank(xs);
    reference.maxPool2dGradient(PtxCompare.exact(dy, ys), places, expected);
    reference.maxPool2dGradient(PtxCompare.magnitude(dy, ys), places, sums);
    PtxCompare.bound(
        "max gradient " + what,
        run.floats(dx, x.length),
        expected.toDoubleArray(),
        p[3] * p[4],
        sums.toDoubleArray());

    if (spec.dilationH() * spec.dilationW() > 1) {
      return;
    }
    run.launch(
        "pooling.ptx", "avg_pool_f32", Dim3.of(1), Dim3.of(64), concat(geometry, y, run.in(plain)));
    expected = PtxCompare.blank(ys);
    sums = PtxCompare.blank(ys);
    reference.avgPool2d(PtxCompare.exact(plain, xs), spec, expected);
    reference.avgPool2d(PtxCompare.magnitude(plain, xs), spec, sums);
    PtxCompare.bound(
        "average " + what,
        run.floats(y, dy.length),
        expected.toDoubleArray(),
        p[3] * p[4],
        sums.toDoubleArray());

    run.launch(
        "pooling.ptx",
        "avg_pool_gradient_f32",
        Dim3.of(2),
        Dim3.of(64),
        concat(geometry, dx, dyAt));
    expected = PtxCompare.blank(xs);
    sums = PtxCompare.blank(xs);
    reference.avgPool2dGradient(PtxCompare.exact(dy, ys), spec, expected);
    reference.avgPool2dGradient(PtxCompare.magnitude(dy, ys), spec, sums);
    PtxCompare.bound(
        "average gradient " + what,
        run.floats(dx, x.length),
        expected.toDoubleArray(),
        p[3] * p[4],
        sums.toDoubleArray());
  }

  private static Object[] concat(Object[] last, Object... first) {
    Object[] all = Arrays.copyOf(first, first.length + last.length);
    System.arraycopy(last, 0, all, first.length, last.length);
    return all;
  }
}
