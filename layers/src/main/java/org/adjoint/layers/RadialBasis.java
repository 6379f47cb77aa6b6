package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.ShapeException;

/**
 * Radial basis units (Broomhead and Lowe, 1988): unit o answers exp(−β[o] · ‖x − c[o]‖²), near 1
 * where x is near its centre.
 *
 * <p><b>Shapes</b> x [batch, inputs] → y [batch, units]; parameters {@code centres} c [units,
 * inputs], which start uniform in [−1, 1), and {@code log_beta} [units], log β, which starts as 0.
 */
public final class RadialBasis extends Layer {
  private final int inputs;
  private final int units;
  private final Parameter centres;
  private final Parameter logBeta;

  /**
   * Creates the layer.
   *
   * @param setup where the parameters live and what they are drawn from
   * @param inputs features of x
   * @param units how many units
   * @throws ArgumentException if a number is less than 1
   */
  public RadialBasis(Setup setup, int inputs, int units) {
    Checks.atLeast("radial_basis", "inputs", inputs, 1);
    Checks.atLeast("radial_basis", "units", units, 1);
    this.inputs = inputs;
    this.units = units;
    centres = parameter("centres", setup.uniform(-1, 1, units, inputs));
    logBeta = parameter("log_beta", setup.filled(0, units));
  }

  @Override
  public Variable forward(Variable x) {
    return squaredDistances(x).mul(logBeta.variable().exp()).neg().exp();
  }

  /**
   * Returns ‖x − c[o]‖² for each unit, [batch, units]: the output layer of LeNet-5, whose smallest
   * answer is its class.
   *
   * @throws ShapeException if x does not fit
   */
  public Variable squaredDistances(Variable x) {
    if (x.shape().rank() != 2 || x.shape().dim(1) != inputs) {
      throw new ShapeException(
          "radial_basis", "x", x.shape(), "this layer takes [batch, " + inputs + "]");
    }
    int batch = x.shape().dim(0);
    Variable difference = x.reshape(batch, 1, inputs).sub(centres.variable());
    return difference.square().sum(2);
  }

  @Override
  public String toString() {
    return "RadialBasis(" + inputs + ", " + units + ")";
  }
}
