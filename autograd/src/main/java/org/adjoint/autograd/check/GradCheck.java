package org.adjoint.autograd.check;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.adjoint.autograd.Backprop;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Elementwise;
import org.adjoint.autograd.ops.Reductions;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Layout;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Compares gradients with slopes. For L = Σ r·f(x) with fixed random r, the slope along an element
 * is (L(x + h) − L(x − h)) / 2h in float64 with h = 1e-6, and a gradient a passes against a slope n
 * if |a − n| ≤ 1e-7 + 1e-5·|n|. Every element of operands of up to 64 elements is checked; larger
 * ones along random directions.
 *
 * <pre>{@code
 * GradCheck.check("cube", in -> Cube.cube(in[0]), x);
 * }</pre>
 */
public final class GradCheck {
  /** The step h. */
  public static final double STEP = 1e-6;

  /** The absolute part of the bound. */
  public static final double ABSOLUTE = 1e-7;

  /** The relative part of the bound. */
  public static final double RELATIVE = 1e-5;

  private static final int SMALL = 64;
  private static final int DIRECTIONS = 4;

  private final String op;
  private final Function<Variable[], Variable> f;
  private final Variable[] inputs;

  /** The slopes of both orders as they were first taken: they are the same for every rewrite. */
  private final List<List<Double>> slopes = List.of(new ArrayList<>(), new ArrayList<>());

  private List<Double> taken = slopes.getFirst();
  private int asked;
  private long comparisons;
  private double worst;
  private double error;
  private double bound;
  private List<GradReport.Mismatch> mismatches = new ArrayList<>();
  private @Nullable List<GradReport.Mismatch> log;

  /** Prepares checks of a function at one point, however many. */
  GradCheck(String op, Function<Variable[], Variable> f, Variable... inputs) {
    this.op = op;
    this.f = f;
    this.inputs = new Variable[inputs.length];
    for (int i = 0; i < inputs.length; i++) {
      this.inputs[i] = copy(op, i, inputs[i]);
    }
  }

  /**
   * Checks the gradient and the gradient of the gradient of a function, and throws if one is wrong.
   *
   * @param op the name for messages
   * @param f the function; it is called many times and must give the same result every time
   * @param inputs its operands in float64; gradients of those that require one are checked
   * @throws org.adjoint.autograd.GradientException naming op, argument, index, expected, received
   */
  public static void check(String op, Function<Variable[], Variable> f, Variable... inputs) {
    first(op, f, inputs).orThrow();
    second(op, f, inputs).orThrow();
  }

  /** Checks the gradient; see {@link #check}. Both the fused and the composed rule are compared. */
  public static GradReport first(String op, Function<Variable[], Variable> f, Variable... inputs) {
    return new GradCheck(op, f, inputs).run(1, null, null);
  }

  /**
   * Checks the gradient of a random projection of the gradient, by the operands and by dy; see
   * {@link #check}.
   */
  public static GradReport second(String op, Function<Variable[], Variable> f, Variable... inputs) {
    return new GradCheck(op, f, inputs).run(2, null, null);
  }

  /**
   * Runs a check.
   *
   * @param order 1 for the gradient, 2 for the gradient of the gradient
   * @param rewrite changes the graph whose gradient is under check; for planting faults
   * @param log receives every comparison
   */
  GradReport run(
      int order,
      @Nullable UnaryOperator<Variable> rewrite,
      @Nullable List<GradReport.Mismatch> log) {
    this.log = log;
    taken = slopes.get(order - 1);
    asked = 0;
    comparisons = 0;
    worst = -1;
    error = 0;
    bound = ABSOLUTE;
    mismatches = new ArrayList<>();
    try (Scope _ = Scope.open()) {
      if (order == 1) {
        gradient(rewrite);
      } else {
        gradientOfGradient(rewrite);
      }
    }
    return new GradReport(op, order, comparisons, error, bound, mismatches);
  }

  /** Copies an operand, its layout included, so that its elements can be moved. */
  private static Variable copy(String op, int i, Variable v) {
    Tensor t = v.value();
    if (!v.requiresGrad()) {
      return v;
    }
    if (t.dtype() != DType.F64) {
      throw new ArgumentException(
          "GradCheck of " + op, "dtype of operand " + i, t.dtype(), "slopes need float64");
    }
    boolean shared = t.layout().span() < t.size();
    if (shared) {
      return Variable.parameter(Tensor.of(t.device(), t.toDoubleArray(), t.shape().toArray()));
    }
    Tensor whole = Tensor.owned(t.device(), DType.F64, Shape.of(t.storage().size()));
    t.device().copy(t.storage(), 0, whole.storage(), 0, whole.size());
    return Variable.parameter(whole.view(t.layout()));
  }

  // ---- first order --------------------------------------------------------------------------

  private void gradient(@Nullable UnaryOperator<Variable> rewrite) {
    Variable y = f.apply(inputs);
    Variable root = rewrite == null ? y : rewrite.apply(y);
    double[] r = weights(y.shape().size(), 1);
    Variable seed = Variable.of(projection(y));
    List<Variable> wanted = wanted();
    List<double[]> fused = arrays(Backprop.gradients(root, seed, wanted, false));
    List<double[]> composed = arrays(Backprop.gradients(root, seed, wanted, true));
    int at = 0;
    for (int i = 0; i < inputs.length; i++) {
      if (inputs[i].requiresGrad()) {
        compare(i, inputs[i].value(), () -> value(), r, fused.get(at), composed.get(at));
        at++;
      }
    }
  }

  private double[] value() {
    return f.apply(inputs).value().toDoubleArray();
  }

  // ---- second order -------------------------------------------------------------------------

  private void gradientOfGradient(@Nullable UnaryOperator<Variable> rewrite) {
    Variable y = f.apply(inputs);
    Tensor dy = projection(y);
    Variable seed = Variable.parameter(dy);
    List<Variable> wanted = wanted();
    Variable z = projectedGradient(y, seed, wanted);
    List<Variable> both = new ArrayList<>(wanted);
    both.add(seed);
    List<double[]> analytic = new ArrayList<>();
    if (z.requiresGrad()) {
      analytic.addAll(
          arrays(Backprop.gradients(rewrite == null ? z : rewrite.apply(z), both, false)));
    } else {
      both.forEach(v -> analytic.add(new double[v.shape().size()]));
    }
    double[] projection = new double[0];
    for (int j = 0; j < wanted.size(); j++) {
      int from = projection.length;
      double[] w = weights(wanted.get(j).shape().size(), 2 + j);
      projection = Arrays.copyOf(projection, from + w.length);
      System.arraycopy(w, 0, projection, from, w.length);
    }
    int at = 0;
    for (int i = 0; i < inputs.length; i++) {
      if (inputs[i].requiresGrad()) {
        compare(i, inputs[i].value(), () -> slope(seed, wanted), projection, analytic.get(at++));
      }
    }
    compare(inputs.length, dy, () -> slope(seed, wanted), projection, analytic.get(at));
  }

  /** Returns Σ w·g over the gradients g by the operands, with fixed random weights w. */
  static Variable projectedGradient(Variable y, Variable seed, List<Variable> wanted) {
    List<Variable> gradients = Backprop.gradients(y, seed, wanted, true);
    Variable z = Variable.of(Tensor.scalar(y.value().device(), DType.F64, 0));
    for (int j = 0; j < gradients.size(); j++) {
      Variable g = gradients.get(j);
      double[] w = weights(g.shape().size(), 2 + j);
      Variable weight = Variable.of(Tensor.of(g.value().device(), w, g.shape().toArray()));
      z = z.add(Reductions.sum(Elementwise.mul(g, weight)));
    }
    return z;
  }

  /** Returns a constant like y with fixed random elements, to project it with. */
  static Tensor projection(Variable y) {
    return Tensor.of(y.value().device(), weights(y.shape().size(), 1), y.shape().toArray());
  }

  /** The gradient at the operands as they are, all operands in one array. */
  private double[] slope(Variable seed, List<Variable> wanted) {
    List<double[]> parts =
        arrays(Backprop.gradients(f.apply(inputs), seed.detach(), wanted, false));
    int n = 0;
    for (double[] p : parts) {
      n += p.length;
    }
    double[] all = new double[n];
    int at = 0;
    for (double[] p : parts) {
      System.arraycopy(p, 0, all, at, p.length);
      at += p.length;
    }
    return all;
  }

  // ---- both ---------------------------------------------------------------------------------

  private interface Evaluation {
    double[] run();
  }

  private List<Variable> wanted() {
    List<Variable> wanted = new ArrayList<>();
    for (Variable v : inputs) {
      if (v.requiresGrad()) {
        wanted.add(v);
      }
    }
    return wanted;
  }

  private static List<double[]> arrays(List<Variable> variables) {
    List<double[]> arrays = new ArrayList<>();
    for (Variable v : variables) {
      arrays.add(v.value().toDoubleArray());
    }
    return arrays;
  }

  /** Fixed random weights of modulus ½ to 3/2 and either sign. */
  private static double[] weights(int count, long seed) {
    double[] r = new double[count];
    for (int i = 0; i < count; i++) {
      double u = 2 * Values.unit(seed * 0x5DEECE66DL, i) - 1;
      r[i] = u < 0 ? u - 0.5 : u + 0.5;
    }
    return r;
  }

  private void compare(
      int argument, Tensor x, Evaluation run, double[] projection, double[]... analytic) {
    int n = x.size();
    if (n <= SMALL) {
      double[] direction = new double[n];
      for (int i = 0; i < n; i++) {
        direction[i] = 1;
        double slope = next(x, direction, run, projection);
        for (double[] a : analytic) {
          judge(argument, index(x.shape(), i), slope, a[i]);
        }
        direction[i] = 0;
      }
      return;
    }
    for (int d = 0; d < DIRECTIONS; d++) {
      double[] direction = weights(n, 1000L + d);
      double slope = next(x, direction, run, projection);
      for (double[] a : analytic) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
          sum += a[i] * direction[i];
        }
        judge(argument, "direction " + d, slope, sum);
      }
    }
  }

  /** The next slope of a check, taken once. */
  private double next(Tensor x, double[] direction, Evaluation run, double[] projection) {
    if (asked == taken.size()) {
      taken.add(slope(x, direction, run, projection));
    }
    return taken.get(asked++);
  }

  /** The central difference along a direction. */
  private static double slope(Tensor x, double[] direction, Evaluation run, double[] projection) {
    double[] base = x.toDoubleArray();
    double[] up = evaluate(x, base, direction, STEP, run);
    double[] down = evaluate(x, base, direction, -STEP, run);
    move(x, base, direction, 0);
    double sum = 0;
    for (int i = 0; i < up.length; i++) {
      sum += projection[i] * (up[i] - down[i]);
    }
    return sum / (2 * STEP);
  }

  private static double[] evaluate(
      Tensor x, double[] base, double[] direction, double step, Evaluation run) {
    move(x, base, direction, step);
    try (Scope _ = Scope.open()) {
      return run.run();
    }
  }

  private static void move(Tensor x, double[] base, double[] direction, double step) {
    int[] positions = x.layout().positions();
    double[] one = new double[1];
    for (int i = 0; i < positions.length; i++) {
      if (direction[i] != 0) {
        one[0] = base[i] + step * direction[i];
        x.device().upload(one, 0, x.storage(), positions[i], 1);
      }
    }
  }

  private void judge(int argument, String index, double slope, double gradient) {
    comparisons++;
    double limit = ABSOLUTE + RELATIVE * Math.abs(slope);
    double distance = Math.abs(gradient - slope);
    double ratio = Double.isNaN(distance) ? Double.POSITIVE_INFINITY : distance / limit;
    if (ratio > worst) {
      worst = ratio;
      error = distance;
      bound = limit;
    }
    GradReport.Mismatch entry = new GradReport.Mismatch(op, argument, index, slope, gradient);
    if (!(distance <= limit) && mismatches.size() < GradReport.KEPT) {
      mismatches.add(entry);
    }
    if (log != null) {
      log.add(entry);
    }
  }

  /** Returns the index of an element in row-major order as text. */
  public static String index(Shape shape, int position) {
    int[] index = new int[shape.rank()];
    Layout dense = Layout.contiguous(shape);
    int rest = position;
    for (int a = 0; a < index.length; a++) {
      index[a] = rest / dense.stride(a);
      rest %= dense.stride(a);
    }
    return Arrays.toString(index);
  }
}
