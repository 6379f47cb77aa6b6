package org.adjoint.kernels.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Arrays;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.ReduceOp;
import org.adjoint.kernels.ReductionKernels;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** The contract of {@link ReductionKernels}. */
public abstract class ReductionsContract extends KernelsContract {
  private ReductionKernels reductions() {
    return kernels().reductions();
  }

  private void check(String what, ReduceOp op, Tensor x, int axis) {
    Shape shape = x.shape().remove(x.shape().axis("test", axis));
    Tensor y = garbage(x.dtype(), shape.toArray());
    reductions().reduce(op, x, axis, y);
    Tensor r = blankLike(y);
    reference().reductions().reduce(op, exact(x), axis, r);
    String name = what + ": " + op + " of " + x.shape() + " along " + axis + " " + x.dtype();
    switch (op) {
      case MAX, MIN -> assertSame(name, y.toDoubleArray(), r.toDoubleArray());
      case SUM, MEAN, PROD -> {
        // Every rounding of a product is relative to it, so that S is the product itself.
        Tensor s = blankLike(y);
        reference().reductions().reduce(op, magnitude(x), axis, s);
        assertBound(name, y, r.toDoubleArray(), s.toDoubleArray(), x.dim(axis));
      }
    }
  }

  @Test
  void everyReductionAtEverySize() {
    for (DType dtype : FLOATING) {
      for (ReduceOp op : ReduceOp.values()) {
        for (int n : SIZES) {
          if (n > 0 || op.allowsEmpty()) {
            double low = op == ReduceOp.PROD ? 0.9 : -1;
            check("vector", op, between(dtype, n, low, 1.1, n), 0);
            check("rows", op, between(dtype, n, low, 1.1, 3, n), 1);
            check("columns", op, between(dtype, n, low, 1.1, n, 3), 0);
            check("middle", op, between(dtype, n, low, 1.1, 2, n, 5), -2);
          }
          check("many rows", op, between(dtype, n, -1, 1, n, 3), 1);
          check("many columns", op, between(dtype, n, -1, 1, 3, n), 0);
        }
      }
    }
  }

  @Test
  void viewsReduceLikeTheirCopies() {
    for (DType dtype : FLOATING) {
      Tensor x = random(dtype, 4, 9, 5, 17);
      for (ReduceOp op : ReduceOp.values()) {
        for (int axis = 0; axis < 3; axis++) {
          Tensor plain = garbage(dtype, x.shape().remove(axis).toArray());
          reductions().reduce(op, x, axis, plain);
          for (Tensor view : views(x)) {
            Tensor y = garbageLike(plain);
            reductions().reduce(op, view, axis, y);
            assertSame("view", y.toDoubleArray(), plain.toDoubleArray());
          }
        }
      }
      check("expanded", ReduceOp.SUM, random(dtype, 5, 7).expand(Shape.of(33, 7)), 0);
    }
  }

  /** Compares (a·b + p) reduced with the reference, and with the map and the reduction of it. */
  private void checkMapped(ReduceOp op, Tensor a, Tensor b, int axis) {
    Expr f = Expr.fma(Expr.operand(0), Expr.operand(1), Expr.parameter(0));
    double[] p = {0.25};
    Shape shape = Shape.broadcast("test", a.shape(), b.shape());
    Tensor y = garbage(a.dtype(), shape.remove(shape.axis("test", axis)).toArray());
    Tensor r = blankLike(y);
    Tensor s = blankLike(y);
    reductions().mapReduce(op, f, p, axis, y, a, b);
    reference().reductions().mapReduce(op, f, p, axis, r, exact(a), exact(b));
    reference().reductions().mapReduce(op, f, p, axis, s, magnitude(a), magnitude(b));
    String name = op + " of " + a.shape() + " * " + b.shape() + " along " + axis + " " + a.dtype();
    assertBound(name, y, r.toDoubleArray(), s.toDoubleArray(), shape.size() / y.size());
    Tensor mapped = garbage(a.dtype(), shape.toArray());
    kernels().elementwise().map(f, p, mapped, a, b);
    Tensor apart = garbageLike(y);
    reductions().reduce(op, mapped, axis, apart);
    assertSame(name, y.toDoubleArray(), apart.toDoubleArray());
  }

  @Test
  void expressionsAreReducedAtEverySize() {
    for (DType dtype : FLOATING) {
      for (ReduceOp op : ReduceOp.values()) {
        for (int n : SIZES) {
          if (n > 0) {
            double low = op == ReduceOp.PROD ? 0.85 : -1;
            double high = op == ReduceOp.PROD ? 0.88 : 1;
            checkMapped(op, between(dtype, n, low, high, n), between(dtype, 1, low, high, n), 0);
            checkMapped(
                op, between(dtype, n, low, high, 3, n), between(dtype, 1, low, high, 3, 1), -1);
            checkMapped(
                op, between(dtype, n, low, high, n, 5), between(dtype, 1, low, high, 2, 1, 5), 1);
          }
        }
      }
      for (Tensor view : views(random(dtype, 4, 9, 5, 17))) {
        for (int axis = 0; axis < 3; axis++) {
          checkMapped(ReduceOp.SUM, view, random(dtype, 5, 5, 1), axis);
        }
      }
      Tensor none = Tensor.zeros(backend(), dtype, 2, 0, 3);
      Tensor y = garbage(dtype, 2, 3);
      double[] p = {};
      reductions().mapReduce(ReduceOp.SUM, Expr.x(), p, 1, y, none);
      assertSame("nothing", y.toDoubleArray(), new double[6]);
    }
  }

  @Test
  void emptyAxesGiveNeutralElements() {
    for (DType dtype : FLOATING) {
      Tensor x = Tensor.zeros(backend(), dtype, 2, 0, 3);
      double[] neutral = new double[6];
      Tensor y = garbage(dtype, 2, 3);
      reductions().reduce(ReduceOp.SUM, x, 1, y);
      assertSame("sum", y.toDoubleArray(), neutral);
      reductions().reduce(ReduceOp.PROD, x, 1, y);
      Arrays.fill(neutral, 1);
      assertSame("prod", y.toDoubleArray(), neutral);
      reductions().reduce(ReduceOp.MEAN, x, 1, y);
      Arrays.fill(neutral, Double.NaN);
      assertSame("mean", y.toDoubleArray(), neutral);
    }
  }

  @Test
  void specialNumbersSpread() {
    for (DType dtype : FLOATING) {
      for (int n : new int[] {3, 17, 100}) {
        for (double special :
            new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
          for (int at : new int[] {0, n / 2, n - 1}) {
            double[] v = numbers(n, 2 * n, 0.5, 1);
            v[at] = special;
            for (ReduceOp op : ReduceOp.values()) {
              check(special + " at " + at, op, tensor(dtype, v, 2, n), 1);
              check(special + " at " + at, op, tensor(dtype, v, 2, n), 0);
            }
          }
        }
        double[] both = numbers(n, n, 0.5, 1);
        both[0] = Double.POSITIVE_INFINITY;
        both[n - 1] = Double.NEGATIVE_INFINITY;
        check("both infinities", ReduceOp.SUM, tensor(dtype, both, n), 0);
        double[] zeros = new double[n];
        zeros[n / 2] = -0.0;
        check("zeros", ReduceOp.MIN, tensor(dtype, zeros, n), 0);
        check("zeros", ReduceOp.MAX, tensor(dtype, zeros, n), 0);
        Arrays.fill(zeros, -0.0);
        check("negative zeros", ReduceOp.MAX, tensor(dtype, zeros, n), 0);
      }
    }
  }

  @Test
  void aLongSumStaysWithinItsBound() {
    Tensor x = between(DType.F32, 1, 0, 1, 1_000_003);
    check("long", ReduceOp.SUM, x, 0);
    check("long", ReduceOp.MEAN, x, 0);
    check("long", ReduceOp.MAX, x, 0);
    check("tall", ReduceOp.SUM, random(DType.F32, 2, 30_011, 17), 0);
  }

  private void checkScan(ReduceOp op, boolean reverse, Tensor x, int axis) {
    Tensor y = garbageLike(x);
    reductions().scan(op, reverse, x, axis, y);
    Tensor r = blankLike(y);
    Tensor s = blankLike(y);
    reference().reductions().scan(op, reverse, exact(x), axis, r);
    reference().reductions().scan(op, reverse, magnitude(x), axis, s);
    String name = op + (reverse ? " back along " : " along ") + axis + " of " + x.shape();
    assertBound(name, y, r.toDoubleArray(), s.toDoubleArray(), x.dim(axis));
  }

  @Test
  void scansAtEverySize() {
    for (DType dtype : FLOATING) {
      for (ReduceOp op : new ReduceOp[] {ReduceOp.SUM, ReduceOp.PROD}) {
        double low = op == ReduceOp.PROD ? 0.9 : -1;
        for (int n : SIZES) {
          for (boolean reverse : new boolean[] {false, true}) {
            checkScan(op, reverse, between(dtype, n, low, 1.1, n), 0);
            checkScan(op, reverse, between(dtype, n, low, 1.1, 2, n, 3), 1);
            checkScan(op, reverse, between(dtype, n, low, 1.1, 3, n), 0);
          }
        }
        for (Tensor view : views(random(dtype, 1, 4, 5, 6))) {
          checkScan(op, true, view, 1);
        }
      }
    }
    Tensor x = tensor(DType.F32, new double[] {1, 2, 3, 4, 5, 6}, 2, 3);
    Tensor y = garbage(DType.F32, 2, 3);
    reductions().scan(ReduceOp.SUM, false, x, 1, y);
    assertArrayEquals(new float[] {1, 3, 6, 4, 9, 15}, y.toFloatArray());
    reductions().scan(ReduceOp.PROD, true, x, -1, y);
    assertArrayEquals(new float[] {6, 6, 3, 120, 30, 6}, y.toFloatArray());
  }

  private void checkArg(String what, Tensor x, int axis) {
    for (boolean largest : new boolean[] {true, false}) {
      Tensor y = garbage(DType.I32, x.shape().remove(x.shape().axis("test", axis)).toArray());
      Tensor r = exact(y);
      reductions().argReduce(largest, x, axis, y);
      reference().reductions().argReduce(largest, exact(x), axis, r);
      assertArrayEquals(r.toIntArray(), y.toIntArray(), what + " " + x.shape() + " along " + axis);
    }
  }

  @Test
  void extremesAreFoundAtEverySize() {
    for (DType dtype : FLOATING) {
      for (int n : SIZES) {
        if (n > 0) {
          checkArg("vector", random(dtype, n, n), 0);
          checkArg("rows", random(dtype, n, 3, n), -1);
          checkArg("columns", random(dtype, n, n, 3), 0);
          checkArg("ties", tensor(dtype, numbers(n, n, 0, 1), n), 0);
          double[] few = numbers(n, 2 * n, 0, 3);
          checkArg(
              "few values", tensor(dtype, Arrays.stream(few).map(Math::floor).toArray(), 2, n), 1);
        }
        checkArg("many rows", random(dtype, n, n, 3), 1);
      }
      for (Tensor view : views(random(dtype, 1, 6, 7))) {
        checkArg("view", view, 0);
        checkArg("view", view, 1);
      }
    }
  }

  @Test
  void theFirstExtremeWinsAndNanBeatsAll() {
    for (DType dtype : FLOATING) {
      double inf = Double.POSITIVE_INFINITY;
      double[] x = {
        2,
        5,
        5,
        1,
        1, /**/
        0.0,
        -0.0,
        0.0,
        0.0,
        0.0, /**/
        1,
        Double.NaN,
        inf,
        Double.NaN,
        -inf,
        -inf,
        -inf,
        -inf,
        -inf,
        -inf, /**/
        1,
        inf,
        inf,
        -inf,
        -inf
      };
      Tensor t = tensor(dtype, x, 5, 5);
      Tensor y = garbage(DType.I32, 5);
      reductions().argReduce(true, t, 1, y);
      assertArrayEquals(new int[] {1, 0, 1, 0, 1}, y.toIntArray());
      reductions().argReduce(false, t, 1, y);
      assertArrayEquals(new int[] {3, 0, 1, 0, 3}, y.toIntArray());
    }
  }
}
