package org.adjoint.kernels.contract;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.adjoint.kernels.NormKernels;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The contract of the row-wise part of {@link NormKernels}. */
public abstract class RowNormsContract extends KernelsContract {
  private static final double EPSILON = 1e-5;

  private NormKernels norms() {
    return kernels().norms();
  }

  private static @Nullable Tensor exactly(@Nullable Tensor t) {
    return t == null ? null : exact(t);
  }

  private static double at(@Nullable Tensor t, int i, double otherwise) {
    return t == null ? otherwise : t.get(i);
  }

  private void check(Tensor x, @Nullable Tensor gamma, @Nullable Tensor beta, boolean centred) {
    int rows = x.dim(0);
    int n = x.dim(1);
    Tensor y = garbageLike(x);
    Tensor mean = garbage(x.dtype(), rows);
    Tensor rstd = garbage(x.dtype(), rows);
    norms().rowNorm(x, gamma, beta, centred, EPSILON, y, mean, rstd);
    Tensor ry = blankLike(x);
    Tensor rm = blank(rows);
    Tensor rr = blank(rows);
    reference()
        .norms()
        .rowNorm(exact(x), exactly(gamma), exactly(beta), centred, EPSILON, ry, rm, rr);
    double[] v = x.toDoubleArray();
    double[] m = rm.toDoubleArray();
    double[] r = rr.toDoubleArray();
    double[] sm = new double[rows];
    double[] sr = new double[rows];
    double[] sy = new double[v.length];
    for (int i = 0; i < v.length; i++) {
      sm[i / n] += Math.abs(v[i]) / n;
      // rstd moves by rstd/2 for a relative change of the variance by 1.
      double d = v[i] - m[i / n];
      sr[i / n] += Math.pow(r[i / n], 3) * (d * d + Math.abs(v[i] * d)) / n;
    }
    for (int i = 0; i < v.length; i++) {
      double size = (Math.abs(v[i]) + sm[i / n]) * r[i / n];
      double moved = Math.abs(v[i] - m[i / n]) * sr[i / n];
      sy[i] = (size + moved) * Math.abs(at(gamma, i % n, 1)) + Math.abs(at(beta, i % n, 0));
    }
    String what = " of " + x.shape() + (centred ? " centred" : "");
    assertBound("mean" + what, mean, m, sm, n);
    assertBound("rstd" + what, rstd, r, sr, n);
    assertBound("y" + what, y, ry.toDoubleArray(), sy, n);
    gradient(x, mean, rstd, gamma, beta, centred);
  }

  private void gradient(
      Tensor x,
      Tensor mean,
      Tensor rstd,
      @Nullable Tensor gamma,
      @Nullable Tensor beta,
      boolean centred) {
    int rows = x.dim(0);
    int n = x.dim(1);
    Tensor dy = random(x.dtype(), 77, rows, n);
    Tensor dx = garbageLike(x);
    Tensor dgamma = gamma == null ? null : garbage(x.dtype(), n);
    Tensor dbeta = beta == null ? null : garbage(x.dtype(), n);
    norms().rowNormGradient(x, mean, rstd, gamma, centred, dy, dx, dgamma, dbeta);
    Tensor rx = blankLike(x);
    Tensor rg = blank(n);
    Tensor rb = blank(n);
    reference()
        .norms()
        .rowNormGradient(
            exact(x), exact(mean), exact(rstd), exactly(gamma), centred, exact(dy), rx, rg, rb);
    double[] v = x.toDoubleArray();
    double[] g = dy.toDoubleArray();
    double[] sums = new double[n];
    double[] products = new double[n];
    double[] own = new double[rows];
    double[] along = new double[rows];
    for (int i = 0; i < v.length; i++) {
      double normal = (Math.abs(v[i]) + Math.abs(mean.get(i / n))) * rstd.get(i / n);
      double d = Math.abs(g[i]);
      sums[i % n] += d;
      products[i % n] += d * normal;
      own[i / n] += d * Math.abs(at(gamma, i % n, 1)) / n;
      along[i / n] += d * Math.abs(at(gamma, i % n, 1)) * normal / n;
    }
    double[] s = new double[v.length];
    for (int i = 0; i < v.length; i++) {
      double normal = (Math.abs(v[i]) + Math.abs(mean.get(i / n))) * rstd.get(i / n);
      double d = Math.abs(g[i] * at(gamma, i % n, 1));
      s[i] = rstd.get(i / n) * (d + own[i / n] + normal * along[i / n]);
    }
    String what = " of " + x.shape() + (centred ? " centred" : "");
    assertBound("dx" + what, dx, rx.toDoubleArray(), s, n);
    if (dgamma != null) {
      assertBound("dgamma" + what, dgamma, rg.toDoubleArray(), products, rows);
    }
    if (dbeta != null) {
      assertBound("dbeta" + what, dbeta, rb.toDoubleArray(), sums, rows);
    }
  }

  private void checkAll(Tensor x) {
    int n = x.dim(1);
    Tensor gamma = between(x.dtype(), 3, 0.5, 1.5, n);
    Tensor beta = random(x.dtype(), 4, n);
    for (boolean centred : new boolean[] {true, false}) {
      check(x, null, null, centred);
      check(x, gamma, null, centred);
      check(x, gamma, beta, centred);
    }
  }

  @Test
  void everySize() {
    for (DType dtype : FLOATING) {
      for (int n : SIZES) {
        checkAll(random(dtype, n, 3, n));
        checkAll(random(dtype, n, n, 5));
      }
      checkAll(random(dtype, 1, 130, 17));
      checkAll(random(dtype, 2, 2, 20_000));
    }
  }

  @Test
  void viewsAndLargeMeans() {
    for (DType dtype : FLOATING) {
      for (Tensor view : views(random(dtype, 1, 6, 9))) {
        checkAll(view);
      }
      check(between(dtype, 1, 1000, 1001, 20, 70), null, null, true);
    }
  }

  @Test
  void notANumberStaysInItsRow() {
    for (DType dtype : FLOATING) {
      double[] v = numbers(1, 3 * 40, -1, 1);
      v[45] = Double.NaN;
      Tensor y = garbage(dtype, 3, 40);
      Tensor stats = garbage(dtype, 3);
      norms()
          .rowNorm(tensor(dtype, v, 3, 40), null, null, true, EPSILON, y, stats, garbage(dtype, 3));
      assertTrue(Double.isNaN(y.get(1, 0)) && Double.isNaN(stats.get(1)));
      assertTrue(Double.isFinite(y.get(0, 0)) && Double.isFinite(y.get(2, 39)));
    }
  }

  @Test
  void smallRowByHand() {
    Tensor x = tensor(DType.F64, new double[] {1, 3, 5, 7}, 1, 4);
    Tensor y = garbageLike(x);
    Tensor mean = garbage(DType.F64, 1);
    Tensor rstd = garbage(DType.F64, 1);
    Tensor ten = tensor(DType.F64, new double[] {10, 10, 10, 10}, 4);
    norms().rowNorm(x, ten, ten, true, 4, y, mean, rstd);
    assertSame("mean", mean.toDoubleArray(), new double[] {4});
    assertSame("rstd", rstd.toDoubleArray(), new double[] {1 / 3.0});
    Tensor square = tensor(DType.F64, new double[] {3, 4, 0, 0}, 1, 4);
    norms().rowNorm(square, null, null, false, 0, y, mean, rstd);
    assertSame("rms", rstd.toDoubleArray(), new double[] {0.4});
  }

  private Tensor f32(int... dims) {
    return random(DType.F32, 1, dims);
  }

  private Tensor f64(int... dims) {
    return random(DType.F64, 1, dims);
  }

  @Test
  void refusals() {
    NormKernels n = norms();
    Tensor x = f32(4, 3);
    Tensor y = f32(4, 3);
    Tensor g = f32(3);
    Tensor m = f32(4);
    Tensor r = f32(4);
    String op = "row_norm";
    wrongShape(op, "x", () -> n.rowNorm(g, null, null, true, 1, y, m, r));
    wrongShape(op, "gamma", () -> n.rowNorm(x, m, null, true, 1, y, m, r));
    wrongType(op, "beta", () -> n.rowNorm(x, g, f64(3), true, 1, y, m, r));
    wrong(op, "gamma", () -> n.rowNorm(x, null, g, true, 1, y, m, r));
    wrong(op, "epsilon", () -> n.rowNorm(x, g, g, true, -1, y, m, r));
    wrongShape(op, "y", () -> n.rowNorm(x, g, g, true, 1, f32(3, 4), m, r));
    wrongShape(op, "rstd", () -> n.rowNorm(x, g, g, true, 1, y, m, g));
    wrong(op, "y", () -> n.rowNorm(x, g, g, true, 1, x, m, r));
    wrong(op, "rstd", () -> n.rowNorm(x, g, g, true, 1, y, m, m));
    String gradient = "row_norm gradient";
    Tensor dx = f32(4, 3);
    wrongShape(gradient, "mean", () -> n.rowNormGradient(x, g, r, g, true, y, dx, null, null));
    wrongShape(gradient, "dy", () -> n.rowNormGradient(x, m, r, g, true, g, dx, null, null));
    wrongShape(gradient, "dgamma", () -> n.rowNormGradient(x, m, r, g, true, y, dx, m, null));
    wrong(gradient, "dgamma", () -> n.rowNormGradient(x, m, r, null, true, y, dx, null, f32(3)));
    wrong(gradient, "dbeta", () -> n.rowNormGradient(x, m, r, null, true, y, dx, g, g));
    wrong(gradient, "dx", () -> n.rowNormGradient(x, m, r, g, true, y, x, null, null));
  }
}
