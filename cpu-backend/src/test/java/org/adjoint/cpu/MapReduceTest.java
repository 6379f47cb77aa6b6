package org.adjoint.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.ReduceOp;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A fused reduction has the bits of a map into a temporary that is then reduced. */
class MapReduceTest {
  private static final CpuBackend CPU = new CpuBackend();
  private static final Kernels K = CPU.kernels();
  private static final double[] PARAMETERS = {0.75};

  /** exp(0.75·a − b)·c, and what needs fewer operands. */
  private static final Expr THREE =
      Expr.apply(Expr.Function.EXP, Expr.parameter(0).times(Expr.operand(0)).minus(Expr.operand(1)))
          .times(Expr.operand(2));

  private static final Expr TWO = Expr.fma(Expr.operand(0), Expr.operand(1), Expr.parameter(0));

  /** Short and long rows, narrow, joined and wide columns, and several pieces of an axis. */
  private static final int[][] SHAPES = {
    {1, 1, 1},
    {3, 1, 5},
    {1, 5, 1},
    {2000, 10, 1},
    {3, 127, 1},
    {3, 128, 1},
    {2, 1000, 1},
    {2, 8193, 1},
    {1, 50_001, 1},
    {3, 9, 5},
    {1, 64, 10},
    {1, 5000, 3},
    {4, 37, 100},
    {1, 300, 700},
    {2, 35_001, 2},
    {5, 16, 513},
    {1, 1, 4000},
    {1, 17, 9000}
  };

  private final int threads = Parallel.threads();

  @AfterEach
  void restoreThreads() {
    Parallel.setThreads(threads);
  }

  private static Tensor numbers(DType type, long seed, int... dims) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] v = new double[Shape.of(dims).size()];
    Arrays.setAll(v, _ -> random.nextDouble(0.9, 1.1));
    Tensor exact = Tensor.of(CPU, v, dims);
    Tensor t = Tensor.owned(CPU, type, exact.shape());
    K.elementwise().copy(exact, t);
    return t;
  }

  /** The shape with the axes of a mask kept, the others 1. */
  private static int[] broadcast(int[] dims, int mask) {
    int[] d = dims.clone();
    for (int a = 0; a < d.length; a++) {
      d[a] = (mask >> a & 1) == 0 ? 1 : d[a];
    }
    return d;
  }

  private static void check(ReduceOp op, Expr f, int axis, Tensor... operands) {
    DType type = operands[0].dtype();
    Shape shape = Shape.SCALAR;
    for (Tensor t : operands) {
      shape = Shape.broadcast("test", shape, t.shape());
    }
    Tensor whole = Tensor.owned(CPU, type, shape);
    Tensor expected = Tensor.owned(CPU, type, shape.remove(axis));
    Parallel.setThreads(1);
    K.elementwise().map(f, PARAMETERS, whole, operands);
    K.reductions().reduce(op, whole, axis, expected);
    for (int t : new int[] {1, 2, 5}) {
      Parallel.setThreads(t);
      Tensor actual = Tensor.owned(CPU, type, shape.remove(axis));
      K.elementwise().fill(-7e7, actual);
      K.reductions().mapReduce(op, f, PARAMETERS, axis, actual, operands);
      assertArrayEquals(
          expected.toDoubleArray(),
          actual.toDoubleArray(),
          () -> op + " of " + Arrays.toString(operands) + " along " + axis);
    }
  }

  @Test
  void denseOperandsOfEveryShape() {
    for (DType type : List.of(DType.F32, DType.F64)) {
      for (int[] dims : SHAPES) {
        Tensor a = numbers(type, 1, dims);
        Tensor b = numbers(type, 2, dims);
        for (ReduceOp op : ReduceOp.values()) {
          check(op, TWO, 1, a, b);
        }
      }
    }
  }

  @Test
  void broadcastOperands() {
    for (int[] dims : SHAPES) {
      for (int mask = 0; mask < 8; mask++) {
        Tensor a = numbers(DType.F32, 1, dims);
        Tensor b = numbers(DType.F32, 2, broadcast(dims, mask));
        Tensor c = numbers(DType.F32, 3, broadcast(dims, 5 * mask + 3 & 7));
        check(ReduceOp.SUM, THREE, 1, a, b, c);
        check(ReduceOp.MAX, THREE, 1, b, a, c);
      }
    }
  }

  @Test
  void everyAxisOfFour() {
    int[] dims = {3, 5, 20, 17};
    for (int axis = 0; axis < 4; axis++) {
      for (int mask = 0; mask < 16; mask++) {
        Tensor a = numbers(DType.F64, 1, broadcast(dims, mask));
        Tensor b = numbers(DType.F64, 2, broadcast(dims, ~mask));
        check(ReduceOp.MEAN, TWO, axis, a, b);
      }
    }
  }

  @Test
  void viewsAndManyOperands() {
    Tensor a = numbers(DType.F32, 1, 40, 60, 30);
    Tensor swapped = numbers(DType.F32, 2, 40, 30, 60).transpose(1, 2);
    Tensor part = numbers(DType.F32, 3, 40, 60, 90).slice(2, 30, 60);
    check(ReduceOp.SUM, THREE, 1, a, swapped, part);
    check(ReduceOp.SUM, THREE, 2, swapped, part, a);
    List<Tensor> many = new ArrayList<>();
    Expr sum = Expr.constant(0);
    for (int i = 0; i < 20; i++) {
      many.add(numbers(DType.F32, i, 40, i % 2 == 0 ? 60 : 1, 30));
      sum = sum.plus(Expr.operand(i));
    }
    check(ReduceOp.SUM, sum, 0, many.toArray(Tensor[]::new));
  }
}
