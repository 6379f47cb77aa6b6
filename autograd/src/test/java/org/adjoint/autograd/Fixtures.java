package org.adjoint.autograd;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.Kernels;
import org.adjoint.tensor.Tensor;

/** What the tests of this package share. */
final class Fixtures {
  static final Backend CPU = Backends.get("reference");

  private Fixtures() {}

  static Tensor tensor(double[] values, int... dims) {
    return Tensor.of(CPU, values, dims);
  }

  static Variable parameter(double... values) {
    return Variable.parameter(Tensor.of(CPU, values, values.length));
  }

  static Variable scalar(double value) {
    return Variable.parameter(Tensor.of(CPU, new double[] {value}));
  }

  static double[] grad(Variable v) {
    Tensor g = v.grad();
    if (g == null) {
      throw new AssertionError("no gradient");
    }
    return g.toDoubleArray();
  }

  /** An op of a user: y = x³. */
  record Cube() implements Op.Differentiable {
    @Override
    public String name() {
      return "cube";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor y = Vjp.like(inputs[0]);
      kernels.elementwise().binary(org.adjoint.kernels.BinaryOp.MUL, inputs[0], inputs[0], y);
      kernels.elementwise().binary(org.adjoint.kernels.BinaryOp.MUL, y, inputs[0], y);
      return y;
    }

    @Override
    public Variable[] vjp(Vjp v) {
      Variable x = v.input(0);
      return new Variable[] {v.dy().mul(x.square().mul(3))};
    }
  }

  static Variable cube(Variable x) {
    return Graph.apply(new Cube(), x);
  }
}
