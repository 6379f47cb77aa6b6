package org.adjoint.autograd.check;

import java.util.ArrayList;
import java.util.List;
import org.adjoint.autograd.Backprop;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Expr;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Layout;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** What the float64 reference says about a case, and what may be lost by rounding. */
final class Expected {
  /**
   * Numbers to compare with, each with n and S of the bound.
   *
   * @param r the float64 reference
   * @param sums S of each; null where no rounding is allowed or ulps are counted
   * @param terms n
   * @param ulps how many units in the last place are allowed where S is null
   */
  record Numbers(double[] r, double @Nullable [] sums, int terms, int ulps) {
    /** The bound of element i in a type. */
    double bound(int i, DType dtype) {
      double[] s = sums;
      if (s != null) {
        double u = dtype == DType.F32 ? 0x1p-24 : 0x1p-53;
        return u * (4 * Math.abs(r[i]) + 4 * Math.sqrt(terms) * s[i]);
      }
      return ulps == 0 ? 0 : ulps * (dtype == DType.F32 ? Math.ulp((float) r[i]) : Math.ulp(r[i]));
    }

    /** The distance of element i; without rounding allowed, from the reference rounded. */
    double error(int i, double x, DType dtype) {
      boolean rounded = sums == null && ulps == 0 && dtype == DType.F32;
      double expected = rounded ? (float) r[i] : r[i];
      return x == expected ? 0 : Math.abs(x - expected);
    }
  }

  private final OpCase c;
  private final Backend reference;
  private final Rule rule;
  private final Variable[] inputs;
  private final double[] seed;
  private final Variable y;
  private final Numbers value;
  private final List<Numbers> gradients = new ArrayList<>();

  Expected(OpCase c, Backend reference) {
    this.c = c;
    this.reference = reference;
    rule = c.rule();
    inputs = c.variables(reference, DType.F64);
    y = c.apply(inputs);
    seed = Values.avoiding(0.25, -1.5, 1.5, 0).draw(c.id().length(), y.shape().size());
    value = value();
    if (c.isDifferentiable()) {
      gradients();
    }
  }

  Numbers value(DType dtype) {
    // A draw is a function of the type too.
    return rule.kind() == Rule.Kind.DRAW && dtype != DType.F64
        ? exact(c.apply(c.variables(reference, dtype)).value().toDoubleArray())
        : value;
  }

  /** The gradients by the differentiable operands, in order. */
  List<Numbers> gradients(DType dtype) {
    return gradients;
  }

  /** dy, exactly representable in float32. */
  double[] seed() {
    return seed;
  }

  private static Numbers exact(double[] r) {
    return new Numbers(r, null, 1, 0);
  }

  private Numbers value() {
    double[] r = y.value().toDoubleArray();
    return switch (rule.kind()) {
      case COPY, EXACT, DRAW -> exact(r);
      case MULTILINEAR ->
          new Numbers(r, c.apply(absolute()).value().toDoubleArray(), rule.terms(), 0);
      case ELEMENTWISE ->
          rule.ulps() >= 0
              ? new Numbers(r, null, 1, rule.ulps())
              : new Numbers(r, elementwise(rule.value(), null), AbsoluteSum.terms(rule.value()), 0);
      case SENSITIVITY -> new Numbers(r, RunningSum.of(y), rule.terms(), 0);
    };
  }

  private Variable[] absolute() {
    Variable[] v = new Variable[inputs.length];
    for (int i = 0; i < v.length; i++) {
      double[] x = c.values(i);
      for (int k = 0; k < x.length; k++) {
        x[k] = Math.abs(x[k]);
      }
      v[i] = c.variable(i, x, reference, DType.F64);
    }
    return v;
  }

  private List<Variable> wanted(Variable[] from) {
    List<Variable> wanted = new ArrayList<>();
    for (Variable v : from) {
      if (v.requiresGrad()) {
        wanted.add(v);
      }
    }
    return wanted;
  }

  private Tensor seedTensor(boolean absolute) {
    double[] s = seed.clone();
    if (absolute) {
      for (int i = 0; i < s.length; i++) {
        s[i] = Math.abs(s[i]);
      }
    }
    return Tensor.of(reference, s, y.shape().toArray());
  }

  private void gradients() {
    List<Variable> wanted = wanted(inputs);
    List<Variable> r = Backprop.gradients(y, Variable.of(seedTensor(false)), wanted, false);
    List<double[]> sums = sums(wanted);
    for (int k = 0; k < r.size(); k++) {
      double[] values = r.get(k).value().toDoubleArray();
      gradients.add(
          rule.kind() == Rule.Kind.COPY
              ? exact(values)
              : new Numbers(values, sums.get(k), terms(k, values.length), 0));
    }
  }

  /** n of a gradient: all products of the forward pass, shared out over the operand's elements. */
  private int terms(int k, int size) {
    int outputs = y.shape().size();
    int copies = Math.max(1, (outputs + size - 1) / Math.max(1, size));
    return switch (rule.kind()) {
      case COPY, DRAW -> 1;
      case EXACT -> copies;
      case MULTILINEAR ->
          (int) Math.max(1, ((long) outputs * rule.terms() + size - 1) / Math.max(1, size));
      case ELEMENTWISE -> copies * AbsoluteSum.terms(rule.derivative(operand(k)));
      case SENSITIVITY -> rule.terms() + copies;
    };
  }

  /** The number of the k-th differentiable operand. */
  private int operand(int k) {
    int seen = 0;
    for (int i = 0; i < inputs.length; i++) {
      if (inputs[i].requiresGrad() && seen++ == k) {
        return i;
      }
    }
    throw new IllegalStateException("check: " + c + " has no gradient number " + k);
  }

  private List<double[]> sums(List<Variable> wanted) {
    List<double[]> sums = new ArrayList<>();
    switch (rule.kind()) {
      case COPY, DRAW -> {}
      case EXACT -> arrays(y, wanted, sums);
      case MULTILINEAR -> {
        Variable[] absolute = absolute();
        arrays(c.apply(absolute), wanted(absolute), sums);
      }
      case ELEMENTWISE -> {
        for (int k = 0; k < wanted.size(); k++) {
          Expr slope = rule.derivative(operand(k));
          Shape shape = wanted.get(k).shape();
          sums.add(unbroadcast(elementwise(slope, seed), shape));
        }
      }
      case SENSITIVITY -> {
        Variable s = Variable.parameter(seedTensor(false));
        for (Variable g : Backprop.gradients(y, s, wanted, true)) {
          try (Scope _ = Scope.open()) {
            sums.add(RunningSum.of(g));
          }
        }
      }
    }
    return sums;
  }

  private void arrays(Variable result, List<Variable> wanted, List<double[]> sums) {
    for (Variable g : Backprop.gradients(result, Variable.of(seedTensor(true)), wanted, false)) {
      sums.add(g.value().toDoubleArray());
    }
  }

  /** S of an expression at every element of the result, times |factor| if there is one. */
  private double[] elementwise(Expr e, double @Nullable [] factor) {
    double[][] operands = new double[inputs.length][];
    for (int i = 0; i < operands.length; i++) {
      operands[i] = inputs[i].value().expand(y.shape()).toDoubleArray();
    }
    double[] s = new double[y.shape().size()];
    double[] at = new double[operands.length];
    for (int k = 0; k < s.length; k++) {
      for (int i = 0; i < at.length; i++) {
        at[i] = operands[i][k];
      }
      s[k] = AbsoluteSum.of(e, at, rule.parameters()) * (factor == null ? 1 : Math.abs(factor[k]));
    }
    return s;
  }

  private double[] unbroadcast(double[] s, Shape shape) {
    int[] positions = Layout.contiguous(shape).expand(y.shape()).positions();
    double[] total = new double[shape.size()];
    for (int k = 0; k < s.length; k++) {
      total[positions[k]] += s[k];
    }
    return total;
  }
}
