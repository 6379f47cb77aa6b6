package org.adjoint.bench.levels;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.adjoint.cpu.VectorModule;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.ElementwiseKernels;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.tensor.Tensor;

/** An element-wise operation over n elements. */
final class ElementwiseContest implements Contest {
  private static final Expr FMA = Expr.fma(Expr.operand(0), Expr.operand(1), Expr.operand(2));

  /** A kernel of the element-wise family. */
  private interface Call {
    void run(ElementwiseKernels kernels, Tensor[] in, Tensor out);
  }

  /** A loop over a range of elements: operands, result, from, to. */
  private interface Loop {
    void run(float[][] in, float[] out, int from, int to);
  }

  /**
   * An operation: how many operands, operations an element (two for a multiply-add, a recipe
   * counted step by step), how many ulp a result may be from the reference, kernel, and loops.
   */
  private enum Kind {
    ADD(
        2,
        1,
        0.5,
        (k, in, y) -> k.binary(BinaryOp.ADD, in[0], in[1], y),
        (in, y, from, to) -> PlainLoops.add(in[0], in[1], y, from, to),
        (in, y, from, to) -> CountedLoops.add(in[0], in[1], y, from, to),
        (in, y, from, to) -> VectorLoops.add(in[0], in[1], y, from, to)),
    MUL(
        2,
        1,
        0.5,
        (k, in, y) -> k.binary(BinaryOp.MUL, in[0], in[1], y),
        (in, y, from, to) -> PlainLoops.mul(in[0], in[1], y, from, to),
        (in, y, from, to) -> CountedLoops.mul(in[0], in[1], y, from, to),
        (in, y, from, to) -> VectorLoops.mul(in[0], in[1], y, from, to)),
    FMA(
        3,
        2,
        0.5,
        (k, in, y) -> k.map(ElementwiseContest.FMA, new double[0], y, in),
        (in, y, from, to) -> PlainLoops.fma(in[0], in[1], in[2], y, from, to),
        (in, y, from, to) -> CountedLoops.fma(in[0], in[1], in[2], y, from, to),
        (in, y, from, to) -> VectorLoops.fma(in[0], in[1], in[2], y, from, to)),
    RELU(
        1,
        1,
        0,
        (k, in, y) -> k.unary(UnaryOp.RELU, in[0], 0, 0, y),
        (in, y, from, to) -> PlainLoops.relu(in[0], y, from, to),
        (in, y, from, to) -> CountedLoops.relu(in[0], y, from, to),
        (in, y, from, to) -> VectorLoops.relu(in[0], y, from, to)),
    EXP(
        1,
        25,
        4,
        (k, in, y) -> k.unary(UnaryOp.EXP, in[0], 0, 0, y),
        (in, y, from, to) -> PlainLoops.exp(in[0], y, from, to),
        (in, y, from, to) -> CountedLoops.exp(in[0], y, from, to),
        (in, y, from, to) -> VectorLoops.exp(in[0], y, from, to)),
    TANH(
        1,
        31,
        4,
        (k, in, y) -> k.unary(UnaryOp.TANH, in[0], 0, 0, y),
        (in, y, from, to) -> PlainLoops.tanh(in[0], y, from, to),
        (in, y, from, to) -> CountedLoops.tanh(in[0], y, from, to),
        (in, y, from, to) -> VectorLoops.tanh(in[0], y, from, to)),
    SIGMOID(
        1,
        28,
        4,
        (k, in, y) -> k.unary(UnaryOp.SIGMOID, in[0], 0, 0, y),
        (in, y, from, to) -> PlainLoops.sigmoid(in[0], y, from, to),
        (in, y, from, to) -> CountedLoops.sigmoid(in[0], y, from, to),
        (in, y, from, to) -> VectorLoops.sigmoid(in[0], y, from, to)),
    GELU(
        1,
        60,
        -1,
        (k, in, y) -> k.unary(UnaryOp.GELU, in[0], 0, 0, y),
        (in, y, from, to) -> PlainLoops.gelu(in[0], y, from, to),
        (in, y, from, to) -> CountedLoops.gelu(in[0], y, from, to),
        (in, y, from, to) -> VectorLoops.gelu(in[0], y, from, to));

    final int operands;
    final int flops;
    final double ulps;
    final Call call;
    final Loop plain;
    final Loop counted;

    final Loop vector;

    Kind(int operands, int flops, double ulps, Call call, Loop plain, Loop counted, Loop vector) {
      this.operands = operands;
      this.flops = flops;
      this.ulps = ulps;
      this.call = call;
      this.plain = plain;
      this.counted = counted;
      this.vector = vector;
    }

    boolean isFunction() {
      return flops > 2;
    }
  }

  private static final int BLOCK = 64;

  private final Kind kind;
  private final int n;
  private final Tensor[] x;
  private final Tensor y;
  private final float[][] in;
  private final float[] out;

  /** Draws the operands of the operation with this name. */
  ElementwiseContest(Backend home, String op, int n) {
    kind = Kind.valueOf(op.toUpperCase(Locale.ROOT));
    this.n = n;
    x = new Tensor[kind.operands];
    Arrays.setAll(x, i -> Tensor.of(home, Operands.random(i + 1, n, -3, 3), n));
    y = Operands.empty(home, n);
    in = new float[kind.operands][];
    Arrays.setAll(in, i -> Operands.array(x[i]));
    out = Operands.array(y);
  }

  @Override
  public double flops() {
    return (double) kind.flops * n;
  }

  @Override
  public double bytes() {
    return 4.0 * (kind.operands + 1) * n;
  }

  @Override
  public Ceiling ceiling() {
    return Ceiling.COPY;
  }

  @Override
  public List<Level> byHand() {
    List<Level> levels = new ArrayList<>();
    boolean function = kind.isFunction();
    levels.add(level("plain", function ? "Math, one by one" : "step unknown to C2", kind.plain));
    levels.add(
        level("auto", function ? "recipe; C2 leaves it scalar" : "C2 vectorises", kind.counted));
    if (VectorModule.isUsable()) {
      levels.add(level("vector", "Vector API by hand", kind.vector));
    }
    return levels;
  }

  private Level level(String name, String note, Loop loop) {
    Runnable reset = () -> Arrays.fill(out, Float.NaN);
    Level.Part part = (from, to) -> loop.run(in, out, from, to);
    return Level.of(name, note, n, BLOCK, part, reset, out::clone);
  }

  @Override
  public Level on(Backend backend, String name, String note) {
    Tensor[] operands = new Tensor[x.length];
    Arrays.setAll(operands, i -> Operands.on(backend, x[i]));
    Tensor to = Operands.on(backend, y);
    ElementwiseKernels kernels = backend.kernels().elementwise();
    Supplier<float[]> result = to::toFloatArray;
    return new Level(
        name, note, () -> kind.call.run(kernels, operands, to), () -> Operands.forget(to), result);
  }

  @Override
  public Expr formula() {
    return switch (kind) {
      case ADD -> BinaryOp.ADD.value();
      case MUL -> BinaryOp.MUL.value();
      case FMA -> FMA;
      default -> UnaryOp.valueOf(kind.name()).value();
    };
  }

  @Override
  public Judge judge(Backend reference) {
    Tensor[] operands = new Tensor[x.length];
    Arrays.setAll(operands, i -> Operands.exact(reference, in[i], n));
    Tensor result = Operands.exact(reference, n);
    kind.call.run(reference.kernels().elementwise(), operands, result);
    double[] r = result.toDoubleArray();
    if (kind.ulps >= 0) {
      return Judge.ulps(r, kind.ulps);
    }
    // x·(1 + erf)/2: x in absolute value bounds the sum, which has two terms.
    return Judge.sums(r, operands[0].toDoubleArray(), 2);
  }
}
