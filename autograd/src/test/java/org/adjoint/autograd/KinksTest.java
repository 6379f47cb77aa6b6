package org.adjoint.autograd;

import static org.adjoint.autograd.Fixtures.CPU;
import static org.adjoint.autograd.Fixtures.grad;
import static org.adjoint.autograd.Fixtures.parameter;
import static org.adjoint.autograd.Fixtures.tensor;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.adjoint.autograd.ops.Elementwise;
import org.adjoint.autograd.ops.Embeddings;
import org.adjoint.autograd.ops.Indexing;
import org.adjoint.autograd.ops.Logic;
import org.adjoint.autograd.ops.Pooling;
import org.adjoint.autograd.ops.Reductions;
import org.adjoint.autograd.ops.Scans;
import org.adjoint.autograd.ops.Sorting;
import org.adjoint.autograd.ops.Statistics;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.Pool2dSpec;
import org.adjoint.kernels.ReduceOp;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** The subgradients that the documentation promises, by both rules: fused and composed. */
final class KinksTest {
  private static void unary(UnaryOp op, double alpha, double beta, double at, double expected) {
    Variable x = parameter(at);
    Elementwise.unary(op, x, alpha, beta).sum().backward();
    assertArrayEquals(new double[] {expected}, grad(x), op.label());
    Variable y = Elementwise.unary(op, x, alpha, beta).sum();
    Variable composed = Backprop.gradients(y, List.of(x), true).getFirst();
    assertArrayEquals(new double[] {expected}, composed.value().toDoubleArray(), op.label());
  }

  @Test
  void functionsOfOneTensor() {
    unary(UnaryOp.RELU, 0, 0, 0, 0);
    unary(UnaryOp.ABS, 0, 0, 0, 0);
    unary(UnaryOp.SIGN, 0, 0, 0, 0);
    unary(UnaryOp.LEAKY_RELU, 0.25, 0, 0, 0.25);
    unary(UnaryOp.ELU, 0.5, 0, 0, 0.5);
    unary(UnaryOp.CLAMP, -1, 2, -1, 1);
    unary(UnaryOp.CLAMP, -1, 2, 2, 1);
    unary(UnaryOp.CLAMP, -1, 2, 2.5, 0);
    unary(UnaryOp.FLOOR, 0, 0, 1, 0);
    unary(UnaryOp.RELU6, 0, 0, 0, 0);
    unary(UnaryOp.RELU6, 0, 0, 6, 0);
    unary(UnaryOp.HARDTANH, -1, 2, -1, 0);
    unary(UnaryOp.HARDTANH, -1, 2, 2, 0);
    unary(UnaryOp.HARDSIGMOID, 0, 0, -3, 0);
    unary(UnaryOp.HARDSIGMOID, 0, 0, 3, 0);
    unary(UnaryOp.HARDSWISH, 0, 0, -3, 0);
    unary(UnaryOp.HARDSWISH, 0, 0, 3, 1);
    unary(UnaryOp.SOFTSHRINK, 0.5, 0, 0.5, 0);
    unary(UnaryOp.HARDSHRINK, 0.5, 0, -0.5, 0);
    unary(UnaryOp.THRESHOLD, 0.5, 7, 0.5, 0);
    unary(UnaryOp.SOFTSIGN, 0, 0, 0, 1);
  }

  @Test
  void tiesOfTwoTensorsShare() {
    for (BinaryOp op : new BinaryOp[] {BinaryOp.MAX, BinaryOp.MIN}) {
      Variable a = parameter(1, 2);
      Variable b = parameter(1, 3);
      Elementwise.binary(op, a, b).sum().backward();
      double wins = op == BinaryOp.MAX ? 0 : 1;
      assertArrayEquals(new double[] {0.5, wins}, grad(a));
      assertArrayEquals(new double[] {0.5, 1 - wins}, grad(b));
    }
  }

  @Test
  void boundsThatMeetTheOperandLetItThrough() {
    Variable x = parameter(-1, 2, 3);
    Variable low = parameter(-1, 0, 9);
    Variable high = parameter(1, 2, 4);
    Variable y = Elementwise.clamp(x, low, high);
    assertArrayEquals(new double[] {-1, 2, 4}, y.value().toDoubleArray());
    y.sum().backward();
    assertArrayEquals(new double[] {1, 1, 0}, grad(x));
    assertArrayEquals(new double[] {0, 0, 0}, grad(low));
    assertArrayEquals(new double[] {0, 0, 1}, grad(high));
  }

  @Test
  void theOriginHasNoDirection() {
    Variable a = parameter(0, 3);
    Variable b = parameter(0, 4);
    Elementwise.binary(BinaryOp.HYPOT, a, b).sum().backward();
    assertArrayEquals(new double[] {0, 0.6}, grad(a), 1e-15);
    assertArrayEquals(new double[] {0, 0.8}, grad(b), 1e-15);
  }

  private static void two(BinaryOp op, double[] a, double[] b, double[] y) {
    Tensor value = Elementwise.binary(op, parameter(a), parameter(b)).value();
    assertArrayEquals(y, value.toDoubleArray(), 1e-15, op.label());
  }

  @Test
  void aNormOfANegativePowerIsZeroWhereAnElementIs() {
    Variable x = parameter(0, 2, -4);
    Variable y = Statistics.norm(x, -1);
    assertEquals(0, y.item());
    y.backward();
    assertArrayEquals(new double[3], grad(x), 1e-300);
    assertEquals(4 / 3.0, Statistics.norm(parameter(2, -4), -1).item(), 1e-15);
  }

  @Test
  void signedZerosAndInfinitiesOfTwoTensors() {
    double inf = Double.POSITIVE_INFINITY;
    double pi = Math.PI;
    two(
        BinaryOp.ATAN2,
        new double[] {0, -0.0, 0, -0.0, 1, -1, inf, inf, -inf, 1, 1},
        new double[] {1, 1, -0.0, -1, 0, 0, inf, -inf, 1, -inf, inf},
        new double[] {0, -0.0, pi, -pi, pi / 2, -pi / 2, pi / 4, 3 * pi / 4, -pi / 2, pi, 0});
    two(
        BinaryOp.COPYSIGN,
        new double[] {1, -2, 3, 0, -4},
        new double[] {-0.0, 0, -inf, -1, 5},
        new double[] {-1, 2, -3, -0.0, 4});
    two(
        BinaryOp.XLOGY,
        new double[] {0, 0, 0, 2, 1},
        new double[] {0, -1, Double.NaN, 1, 0},
        new double[] {0, 0, Double.NaN, 0, -inf});
    two(
        BinaryOp.FLOOR_DIVIDE,
        new double[] {7, -7, 7, -7, 6, 0.3},
        new double[] {2, 2, -2, -2, 3, 0.1},
        new double[] {3, -4, -4, 3, 2, 2});
    Variable a = parameter(0, 3);
    Variable b = parameter(0, 4);
    Elementwise.binary(BinaryOp.ATAN2, a, b).sum().backward();
    assertArrayEquals(new double[] {0, 0.16}, grad(a), 1e-15);
    assertArrayEquals(new double[] {0, -0.12}, grad(b), 1e-15);
    Variable zero = parameter(0, 0);
    Elementwise.binary(BinaryOp.XLOGY, zero, Variable.of(tensor(new double[] {0, 2}, 2)))
        .sum()
        .backward();
    assertArrayEquals(new double[] {0, Math.log(2)}, grad(zero), 1e-15);
  }

  @Test
  void whatIsNoNumberIsReplacedAndGetsNoGradient() {
    Variable x = parameter(1, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY);
    Variable y = Logic.nanToNum(x, 2, 3, -4);
    assertArrayEquals(new double[] {1, 2, 3, -4}, y.value().toDoubleArray());
    y.sum().backward();
    assertArrayEquals(new double[] {1, 0, 0, 0}, grad(x));
  }

  @Test
  void tiesAlongAnAxisShare() {
    Variable x = parameter(3, 1, 3, 3);
    Reductions.max(x).backward();
    assertArrayEquals(new double[] {1 / 3.0, 0, 1 / 3.0, 1 / 3.0}, grad(x));
    x.resetGrad();
    Reductions.min(x, 0).backward();
    assertArrayEquals(new double[] {0, 1, 0, 0}, grad(x));
  }

  @Test
  void theFirstOfEqualsWinsAWindow() {
    Variable x = Variable.parameter(tensor(new double[] {5, 5, 5, 5}, 1, 1, 2, 2));
    Pooling.maxPool2d(x, Pool2dSpec.of(2, 2)).sum().backward();
    assertArrayEquals(new double[] {1, 0, 0, 0}, grad(x));
  }

  @Test
  void anUnchosenInfinityDoesNotSpoilTheGradient() {
    Variable a = parameter(1, 2);
    Variable b = parameter(0, 4);
    Variable condition = Variable.of(Tensor.of(CPU, new double[] {1, 0}, 2));
    Elementwise.where(condition, a, b.pow(2)).sum().backward();
    assertArrayEquals(new double[] {1, 0}, grad(a));
    assertArrayEquals(new double[] {0, 8}, grad(b));
  }

  @Test
  void productsWithZeros() {
    Variable x = parameter(2, 0, 3);
    Reductions.prod(x).backward();
    assertArrayEquals(new double[] {0, 6, 0}, grad(x));
    Variable y = parameter(0, 0, 3);
    Reductions.prod(y).backward();
    assertArrayEquals(new double[] {0, 0, 0}, grad(y));
  }

  @Test
  void equalElementsHaveNoDeviationAndNoDirection() {
    Variable x = parameter(2, 2, 2);
    Statistics.std(x, 1).backward();
    assertArrayEquals(new double[3], grad(x));
    for (double p : new double[] {1, 1.5, 2, 3}) {
      Variable zeros = parameter(0, 0);
      Statistics.norm(zeros, p).backward();
      assertArrayEquals(new double[2], grad(zeros));
    }
    Variable some = parameter(0, 3);
    Statistics.norm(some, 0.5).backward();
    assertArrayEquals(new double[] {0, 1}, grad(some), 1e-15);
    assertEquals(1, Statistics.norm(some, 0).item());
  }

  @Test
  void nothingButInfinitiesSumsToThem() {
    double inf = Double.POSITIVE_INFINITY;
    assertEquals(-inf, Statistics.logSumExp(parameter(-inf, -inf)).item());
    assertEquals(inf, Statistics.logSumExp(parameter(1, inf)).item());
    assertEquals(1000 + Math.log(2), Statistics.logSumExp(parameter(1000, 1000)).item(), 1e-12);
  }

  @Test
  void equalElementsStayInOrder() {
    Variable x = parameter(1, 0, 1, 0, Double.NaN);
    Sorting.Ordered up = Sorting.sort(x, 0, false);
    assertArrayEquals(new int[] {1, 3, 0, 2, 4}, up.indices().toIntArray());
    Sorting.Ordered down = Sorting.topk(x, 3, 0, true);
    assertArrayEquals(new int[] {4, 0, 2}, down.indices().toIntArray());
    down.values().sum().backward();
    assertArrayEquals(new double[] {1, 0, 1, 0, 1}, grad(x));
  }

  @Test
  void runningProductsWithZeros() {
    Variable x = parameter(2, 0, 3);
    Scans.cumprod(x, 0).sum().backward();
    assertArrayEquals(new double[] {1, 8, 0}, grad(x));
  }

  @Test
  void theRowOfPaddingGetsNoGradient() {
    Variable weight = Variable.parameter(tensor(new double[] {1, 2, 3, 4, 5, 6}, 3, 2));
    Tensor index = Tensor.of(CPU, new int[] {2, 1, 1, 0}, 2, 2);
    Variable y = Embeddings.embedding(weight, index, 1);
    assertArrayEquals(new double[] {5, 6, 3, 4, 3, 4, 1, 2}, y.value().toDoubleArray());
    y.sum().backward();
    assertArrayEquals(new double[] {1, 1, 0, 0, 1, 1}, grad(weight));
  }

  @Test
  void theLastOfEqualIndicesWinsAndGetsTheGradient() {
    Variable x = parameter(1, 2, 3);
    Variable src = parameter(7, 8, 9);
    Tensor index = Tensor.of(CPU, new int[] {2, 0, 2}, 3);
    Variable y = Indexing.scatter(x, 0, index, src);
    assertArrayEquals(new double[] {8, 2, 9}, y.value().toDoubleArray());
    y.square().sum().backward();
    assertArrayEquals(new double[] {0, 4, 0}, grad(x));
    assertArrayEquals(new double[] {0, 16, 18}, grad(src));
  }

  @Test
  void emptyBagsAreZero() {
    Variable weight = Variable.parameter(tensor(new double[] {-1, -2}, 2, 1));
    for (ReduceOp mode : new ReduceOp[] {ReduceOp.SUM, ReduceOp.MEAN, ReduceOp.MAX}) {
      Tensor none = Tensor.of(CPU, new int[0], 0);
      Variable y = Embeddings.embeddingBag(weight, none, new int[2], mode);
      assertArrayEquals(new double[2], y.value().toDoubleArray());
      Tensor one = Tensor.of(CPU, new int[] {1}, 1);
      y = Embeddings.embeddingBag(weight, one, new int[] {0, 1}, mode);
      assertArrayEquals(new double[] {-2, 0}, y.value().toDoubleArray());
      weight.resetGrad();
      y.sum().backward();
      assertArrayEquals(new double[] {0, 1}, grad(weight));
    }
  }
}
