package org.adjoint.layers.optim;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.ElementwiseKernels;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.ReduceOp;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.layers.Network;
import org.adjoint.layers.Parameter;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Limited-memory BFGS (Liu and Nocedal, 1989), which steps along −H·g where H, an estimate of the
 * inverse of the second derivatives, is kept as the last few changes of parameters and gradients. A
 * step evaluates the loss several times, so it is given a function that computes it:
 *
 * <pre>{@code
 * Lbfgs optimizer = new Lbfgs(model, 1).strongWolfe();
 * double loss = optimizer.step(() -> criterion.of(model.forward(x), target));
 * }</pre>
 *
 * <p>It suits full batches and losses without noise. It reads values, so it cannot be part of a
 * recorded step. Gradients are reset and filled by the step. Constants are PyTorch's: at most 20
 * iterations a step and 25 evaluations (5/4 of the iterations), a memory of 100, tolerances 1e-7
 * (gradient) and 1e-9 (change).
 */
public final class Lbfgs {
  private static final double[] NONE = {};
  private static final double LEAST_CURVATURE = 1e-10;
  private static final Expr PRODUCT = Expr.operand(0).times(Expr.operand(1));
  private static final Expr ABSOLUTE = Expr.apply(Expr.Function.ABS, Expr.x());

  /** a + c·b. */
  private static final Expr ADDED = Expr.fma(Expr.parameter(0), Expr.operand(1), Expr.operand(0));

  /**
   * A remembered step.
   *
   * @param y the change of the gradient
   * @param s the change of the parameters
   * @param inverse 1/(y·s)
   */
  private record Pair(Tensor y, Tensor s, double inverse) {}

  private final List<Parameter> parameters;
  private final double learningRate;
  private final int size;
  private final Tensor first;
  private int iterationsPerStep = 20;
  private int memory = 100;
  private double gradientTolerance = 1e-7;
  private double changeTolerance = 1e-9;
  private boolean wolfe;

  private final ArrayDeque<Pair> pairs = new ArrayDeque<>();
  private long iterations;
  private double scale = 1;
  private double length;
  private @Nullable Tensor direction;
  private @Nullable Tensor lastGradient;

  /**
   * Creates the optimizer of a network's trainable parameters.
   *
   * @param learningRate the length of a step in units of H·g, or the first guess of the line search
   * @throws ArgumentException if there is nothing to train, or the rate is not positive
   */
  public Lbfgs(Network network, double learningRate) {
    this.learningRate = Settings.positive("learningRate", learningRate);
    parameters =
        network.parameters().values().stream().distinct().filter(Parameter::isTrainable).toList();
    if (parameters.isEmpty()) {
      throw new ArgumentException("lbfgs", "network", network, "it has no trainable parameters");
    }
    first = parameters.getFirst().value();
    size = parameters.stream().mapToInt(p -> p.value().size()).sum();
  }

  /** Searches each step's length by the strong Wolfe conditions. Returns this optimizer. */
  public Lbfgs strongWolfe() {
    wolfe = true;
    return this;
  }

  /**
   * Sets how many changes are remembered and how many iterations a step makes. Returns this
   * optimizer.
   *
   * @throws ArgumentException if one is less than 1
   */
  public Lbfgs limits(int history, int iterationsOfStep) {
    if (history < 1 || iterationsOfStep < 1) {
      throw new ArgumentException(
          "lbfgs", "limits", history + " and " + iterationsOfStep, "each must be at least 1");
    }
    memory = history;
    iterationsPerStep = iterationsOfStep;
    return this;
  }

  /** Sets at which largest gradient and smallest change a step ends. Returns this optimizer. */
  public Lbfgs tolerances(double gradient, double change) {
    gradientTolerance = Settings.notNegative("gradient", gradient);
    changeTolerance = Settings.notNegative("change", change);
    return this;
  }

  // ---- the step -------------------------------------------------------------------------------

  /**
   * Makes a step of several iterations.
   *
   * @param loss computes the loss with the parameters as they are
   * @return the loss before the step
   */
  public double step(Supplier<Variable> loss) {
    double[] now = {evaluate(loss)};
    final double before = now[0];
    Tensor gradient = gradient();
    int evaluations = 1;
    int mostEvaluations = iterationsPerStep * 5 / 4;
    boolean flat = largest(gradient) <= gradientTolerance;
    for (int i = 1; !flat && i <= iterationsPerStep; i++) {
      iterations++;
      Tensor d = direct(gradient);
      direction = d;
      lastGradient = gradient;
      double last = now[0];
      length =
          iterations == 1 ? Math.min(1, 1 / sum(ABSOLUTE, gradient)) * learningRate : learningRate;
      double slope = sum(PRODUCT, gradient, d);
      if (slope > -changeTolerance) {
        break;
      }
      if (wolfe) {
        Tensor origin = values();
        StrongWolfe.Point start = new StrongWolfe.Point(0, last, gradient, slope);
        StrongWolfe.Line line =
            t -> {
              move(origin, t, d);
              double f = evaluate(loss);
              Tensor g = gradient();
              return new StrongWolfe.Point(t, f, g, sum(PRODUCT, g, d));
            };
        StrongWolfe search =
            new StrongWolfe(
                line, start, largest(d), changeTolerance, mostEvaluations - evaluations);
        StrongWolfe.Point found = search.search(length);
        move(origin, found.t(), d);
        length = found.t();
        now[0] = found.loss();
        gradient = found.gradient();
        evaluations += search.evaluations();
      } else {
        move(values(), length, d);
        if (i < iterationsPerStep) {
          now[0] = evaluate(loss);
          gradient = gradient();
          evaluations++;
        }
      }
      flat = largest(gradient) <= gradientTolerance;
      if (evaluations >= mostEvaluations
          || largest(d) * length <= changeTolerance
          || Math.abs(now[0] - last) < changeTolerance) {
        break;
      }
    }
    return before;
  }

  /** Remembers the last step and returns −H·g, by the two loops of Nocedal (1980). */
  private Tensor direct(Tensor gradient) {
    if (direction != null && lastGradient != null && iterations > 1) {
      remember(direction, lastGradient, gradient);
    }
    Tensor q = empty();
    elementwise().unary(UnaryOp.NEG, gradient, 0, 0, q);
    double[] alpha = new double[pairs.size()];
    int i = pairs.size();
    for (Iterator<Pair> it = pairs.descendingIterator(); it.hasNext(); ) {
      Pair p = it.next();
      alpha[--i] = sum(PRODUCT, p.s, q) * p.inverse;
      add(q, -alpha[i], p.y);
    }
    elementwise().unary(UnaryOp.MUL_SCALAR, q, scale, 0, q);
    for (Pair p : pairs) {
      double beta = sum(PRODUCT, p.y, q) * p.inverse;
      add(q, alpha[i++] - beta, p.s);
    }
    return q;
  }

  private void remember(Tensor d, Tensor previous, Tensor gradient) {
    Tensor y = empty();
    elementwise().binary(BinaryOp.SUB, gradient, previous, y);
    Tensor s = empty();
    elementwise().unary(UnaryOp.MUL_SCALAR, d, length, 0, s);
    double curvature = sum(PRODUCT, y, s);
    if (curvature > LEAST_CURVATURE) {
      if (pairs.size() == memory) {
        pairs.removeFirst();
      }
      pairs.addLast(new Pair(y, s, 1 / curvature));
      scale = curvature / sum(PRODUCT, y, y);
    }
  }

  // ---- all parameters as one vector -------------------------------------------------------------

  private Kernels kernels() {
    return Backends.kernels(first.device());
  }

  private ElementwiseKernels elementwise() {
    return kernels().elementwise();
  }

  private Tensor empty() {
    return Tensor.owned(first.device(), first.dtype(), Shape.of(size));
  }

  private double evaluate(Supplier<Variable> loss) {
    try (Scope _ = Scope.open()) {
      parameters.forEach(Parameter::resetGradient);
      Variable f = loss.get();
      f.backward();
      return f.item();
    }
  }

  private Tensor gradient() {
    Tensor all = empty();
    int at = 0;
    for (Parameter p : parameters) {
      Tensor part = all.slice(0, at, at + p.value().size());
      Tensor g = p.gradient();
      if (g == null) {
        elementwise().fill(0, part);
      } else {
        elementwise().copy(g.reshape(-1), part);
      }
      at += p.value().size();
    }
    return all;
  }

  private Tensor values() {
    Tensor all = empty();
    int at = 0;
    for (Parameter p : parameters) {
      elementwise().copy(p.value().reshape(-1), all.slice(0, at, at + p.value().size()));
      at += p.value().size();
    }
    return all;
  }

  /** parameters = origin + t·d. */
  private void move(Tensor origin, double t, Tensor d) {
    int at = 0;
    for (Parameter p : parameters) {
      int to = at + p.value().size();
      double[] numbers = {t};
      elementwise()
          .map(ADDED, numbers, p.value().reshape(-1), origin.slice(0, at, to), d.slice(0, at, to));
      at = to;
    }
  }

  private void add(Tensor a, double factor, Tensor b) {
    elementwise().map(ADDED, new double[] {factor}, a, a, b);
  }

  private double sum(Expr f, Tensor... operands) {
    return reduced(ReduceOp.SUM, f, operands);
  }

  private double largest(Tensor t) {
    return size == 0 ? 0 : reduced(ReduceOp.MAX, ABSOLUTE, t);
  }

  private double reduced(ReduceOp op, Expr f, Tensor... operands) {
    try (Scope _ = Scope.open()) {
      Tensor out = Tensor.result(first.device(), first.dtype(), Shape.SCALAR);
      kernels().reductions().mapReduce(op, f, NONE, 0, out, operands);
      return out.item();
    }
  }

  // ---- state ------------------------------------------------------------------------------------

  /** Returns what {@link #restore} needs to go on with the same bits; no copies. */
  public Map<String, Tensor> state() {
    LinkedHashMap<String, Tensor> all = new LinkedHashMap<>();
    double[] numbers = {iterations, scale, length};
    all.put("numbers", Tensor.of(first.device(), numbers, numbers.length));
    if (direction != null && lastGradient != null) {
      all.put("direction", direction);
      all.put("gradient", lastGradient);
    }
    int i = 0;
    for (Pair p : pairs) {
      all.put("y." + i, p.y);
      all.put("s." + i++, p.s);
    }
    return all;
  }

  /**
   * Puts back a state that {@link #state} gave, copying it.
   *
   * @throws ArgumentException if it is not that of such an optimizer
   */
  public void restore(Map<String, Tensor> state) {
    Tensor numbers = state.get("numbers");
    boolean fits = numbers != null && numbers.dtype() == DType.F64 && numbers.size() == 3;
    List<Tensor> vectors = new ArrayList<>(state.values());
    vectors.remove(numbers);
    for (Tensor t : vectors) {
      fits &= t.rank() == 1 && t.size() == size && t.dtype() == first.dtype();
    }
    if (numbers == null || !fits) {
      throw new ArgumentException(
          "restore", "state", state.keySet(), "it must be that of an Lbfgs of such a network");
    }
    double[] n = numbers.toDoubleArray();
    iterations = (long) n[0];
    scale = n[1];
    length = n[2];
    direction = copy(state.get("direction"));
    lastGradient = copy(state.get("gradient"));
    pairs.clear();
    for (int i = 0; state.containsKey("y." + i); i++) {
      Tensor y = Objects.requireNonNull(copy(state.get("y." + i)));
      Tensor s = Objects.requireNonNull(copy(state.get("s." + i)));
      pairs.addLast(new Pair(y, s, 1 / sum(PRODUCT, y, s)));
    }
  }

  private @Nullable Tensor copy(@Nullable Tensor t) {
    return t == null ? null : t.to(first.device());
  }

  @Override
  public String toString() {
    return "Lbfgs(" + learningRate + (wolfe ? ", strong Wolfe)" : ")");
  }
}
