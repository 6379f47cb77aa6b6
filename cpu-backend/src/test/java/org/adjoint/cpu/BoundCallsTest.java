package org.adjoint.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.ReduceOp;
import org.adjoint.kernels.UpdateRules;
import org.adjoint.kernels.UpdateStep;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** A bound call, run again on other values, does what the call itself does. */
class BoundCallsTest {
  private static final CpuBackend CPU = new CpuBackend();
  private static final Kernels CHECKED = CPU.kernels();
  private static final Kernels RAW = CPU.unchecked();
  private static final int RUNS = 4;
  private static final Expr F =
      Expr.fma(Expr.operand(0), Expr.operand(1), Expr.parameter(0))
          .with(Expr.Operator.MAX, Expr.parameter(1));

  private final SplittableRandom random = new SplittableRandom(1);

  private Tensor zeros(DType type, int... dims) {
    return Tensor.zeros(CPU, type, dims);
  }

  /** Gives a tensor new values. */
  private void draw(Tensor t) {
    double[] v = new double[t.size()];
    Arrays.setAll(v, _ -> random.nextDouble(-1, 1));
    CHECKED.elementwise().copy(Tensor.of(CPU, v, t.shape().toArray()), t);
  }

  private static Tensor like(Tensor t) {
    Tensor copy = Tensor.zeros(CPU, t.dtype(), t.shape().toArray());
    CHECKED.elementwise().copy(t, copy);
    return copy;
  }

  private static void same(Tensor expected, Tensor actual) {
    assertArrayEquals(expected.toDoubleArray(), actual.toDoubleArray());
  }

  @Test
  void maps() {
    for (DType type : new DType[] {DType.F32, DType.F64}) {
      for (int[] dims : new int[][] {{70, 33}, {33}, {70, 1}, {}}) {
        Tensor a = zeros(type, 70, 33);
        Tensor b = zeros(type, dims);
        Tensor y = zeros(type, 70, 33);
        Tensor expected = zeros(type, 70, 33);
        double[] parameters = new double[2];
        for (Kernels k : new Kernels[] {RAW, CHECKED}) {
          Runnable bound = k.elementwise().bindMap(F, parameters, y, a, b);
          for (int i = 0; i < RUNS; i++) {
            draw(a);
            draw(b);
            parameters[0] = random.nextDouble();
            parameters[1] = random.nextDouble(-1, 0);
            bound.run();
            CHECKED.elementwise().map(F, parameters, expected, a, b);
            same(expected, y);
          }
        }
      }
    }
  }

  @Test
  void reductions() {
    Expr twice = Expr.x().plus(Expr.x());
    for (int[] dims : new int[][] {{3, 40_000}, {40_000, 3}, {300, 70}}) {
      for (int axis = 0; axis < 2; axis++) {
        Tensor x = zeros(DType.F32, dims);
        Tensor w = zeros(DType.F32, dims[0], 1);
        Tensor y = zeros(DType.F32, dims[1 - axis]);
        Tensor expected = like(y);
        double[] p = new double[2];
        for (ReduceOp op : ReduceOp.values()) {
          for (Kernels k : new Kernels[] {RAW, CHECKED}) {
            Runnable plain = k.reductions().bindMapReduce(op, Expr.x(), p, axis, y, x);
            Runnable doubled = k.reductions().bindMapReduce(op, twice, p, axis, y, x);
            Runnable bound = k.reductions().bindMapReduce(op, F, p, axis, y, x, w);
            for (int i = 0; i < RUNS; i++) {
              draw(x);
              draw(w);
              p[0] = 0.5 + random.nextDouble();
              plain.run();
              CHECKED.reductions().reduce(op, x, axis, expected);
              same(expected, y);
              doubled.run();
              CHECKED.reductions().mapReduce(op, twice, p, axis, expected, x);
              same(expected, y);
              bound.run();
              CHECKED.reductions().mapReduce(op, F, p, axis, expected, x, w);
              same(expected, y);
            }
          }
        }
      }
    }
  }

  @Test
  void descents() {
    UpdateStep[] settings = {
      UpdateRules.sgd(0.1, 0.9, 0, false, 0, false),
      UpdateRules.sgd(0.2, 0.9, 0, true, 0, false),
      UpdateRules.sgd(0.1, 0.5, 0, true, 0.01, false)
    };
    Tensor p = zeros(DType.F32, 1003);
    Tensor g = like(p);
    Tensor v = like(p);
    draw(p);
    UpdateStep[] now = {settings[0]};
    for (Kernels k : new Kernels[] {RAW, CHECKED}) {
      Runnable bound = k.updates().bindUpdate(() -> now[0], p, g, v);
      for (UpdateStep s : settings) {
        Tensor p2 = like(p);
        Tensor v2 = like(v);
        draw(g);
        now[0] = s;
        bound.run();
        CHECKED.updates().update(s, p2, g, v2);
        same(p2, p);
        same(v2, v);
      }
      now[0] = UpdateRules.sgd(0.1);
      Runnable plain = k.updates().bindUpdate(() -> now[0], p, g);
      for (double decay : new double[] {0, 0.1}) {
        Tensor p2 = like(p);
        now[0] = UpdateRules.sgd(0.3, 0, 0, false, decay, false);
        plain.run();
        CHECKED.updates().update(now[0], p2, g);
        same(p2, p);
      }
    }
  }

  @Test
  void adams() {
    Tensor p = zeros(DType.F64, 17, 59);
    Tensor g = like(p);
    Tensor m = like(p);
    Tensor v = like(p);
    draw(p);
    UpdateStep[] now = {UpdateRules.adam(1, 0, 0, 0, 0, false, false, 1)};
    for (Kernels k : new Kernels[] {RAW, CHECKED}) {
      Runnable bound = k.updates().bindUpdate(() -> now[0], p, g, m, v);
      for (int step = 1; step <= RUNS; step++) {
        Tensor[] copies = {like(p), like(m), like(v)};
        draw(g);
        now[0] =
            UpdateRules.adam(0.1 / step, 0.9, 0.99, 1e-8, step % 3 * 0.1, step > 2, false, step);
        bound.run();
        CHECKED.updates().update(now[0], copies[0], g, copies[1], copies[2]);
        same(copies[0], p);
        same(copies[1], m);
        same(copies[2], v);
      }
    }
  }

  @Test
  void theShapeOfAResultIsThatOfItsMap() {
    Tensor x = zeros(DType.F32, 2, 3).expand(Shape.of(4, 2, 3));
    Tensor y = zeros(DType.F32, 4, 2, 3);
    RAW.elementwise().bindMap(Expr.x().plus(Expr.constant(1)), new double[0], y, x).run();
    Tensor ones = zeros(DType.F32, 4, 2, 3);
    CHECKED.elementwise().fill(1, ones);
    same(ones, y);
  }
}
