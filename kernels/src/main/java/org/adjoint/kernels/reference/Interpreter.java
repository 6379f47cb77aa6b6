package org.adjoint.kernels.reference;

import org.adjoint.kernels.Expr;
import org.adjoint.kernels.ExprEvaluator;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;

/** The elements of an expression over tensors that broadcast to a shape, in row-major order. */
final class Interpreter {
  private final Expr f;
  private final double[] parameters;
  private final Elements[] operands;
  private final double[] values;

  Interpreter(Expr f, double[] parameters, DType dtype, Shape shape, Tensor... operands) {
    this.f = f;
    this.parameters = rounded(parameters, dtype);
    this.operands = new Elements[operands.length];
    this.values = new double[operands.length];
    for (int k = 0; k < operands.length; k++) {
      this.operands[k] = Elements.of(operands[k], shape);
    }
  }

  /** Scalars have the type of the tensors, on every backend. */
  private static double[] rounded(double[] parameters, DType dtype) {
    if (dtype != DType.F32) {
      return parameters;
    }
    double[] r = new double[parameters.length];
    for (int i = 0; i < r.length; i++) {
      r[i] = (float) parameters[i];
    }
    return r;
  }

  double get(int i) {
    for (int k = 0; k < values.length; k++) {
      values[k] = operands[k].get(i);
    }
    return ExprEvaluator.evaluate(f, values, parameters);
  }
}
