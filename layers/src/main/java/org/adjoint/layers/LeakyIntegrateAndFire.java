package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Elementwise;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Tensor;

/**
 * Spiking cells, leaky integrate and fire: the potential leaks, gathers the input and, where it
 * reaches the threshold, fires and is reset by it,
 *
 * <pre>v = β·u + x,   spike = 1 if v ≥ θ else 0,   u′ = v − θ·spike.</pre>
 *
 * <p>A spike has no useful gradient; in its place stands that of the fast sigmoid w/(1 + k·|w|) of
 * w = v − θ, which is 1/(1 + k·|w|)² (Zenke and Ganguli, 2018).
 *
 * <p><b>Shapes</b> x and u any, alike.
 */
public final class LeakyIntegrateAndFire extends Network {
  /**
   * What a step leaves.
   *
   * @param spikes 0 or 1
   * @param potential u′, for the next step
   */
  public record Step(Variable spikes, Variable potential) {}

  private final double decay;
  private final double threshold;
  private final double slope;

  /** Creates the cell with threshold 1 and slope 25. */
  public LeakyIntegrateAndFire(double decay) {
    this(decay, 1, 25);
  }

  /**
   * Creates the cell.
   *
   * @param decay β, what is left of the potential after a step, from 0 to 1
   * @param threshold θ, above 0
   * @param slope k of the gradient, above 0
   * @throws ArgumentException if a number is out of range
   */
  public LeakyIntegrateAndFire(double decay, double threshold, double slope) {
    require("decay", decay, decay >= 0 && decay <= 1, "it must be from 0 to 1");
    require("threshold", threshold, threshold > 0, "it must be above 0");
    require("slope", slope, slope > 0, "it must be above 0");
    this.decay = decay;
    this.threshold = threshold;
    this.slope = slope;
  }

  private static void require(String name, double value, boolean holds, String remedy) {
    if (!holds) {
      throw new ArgumentException("leaky_integrate_and_fire", name, value, remedy);
    }
  }

  /**
   * Goes one step.
   *
   * @param x the input
   * @param potential u, what the step before left; at first 0
   * @throws org.adjoint.tensor.ShapeException if the shapes do not fit
   */
  public Step forward(Variable x, Variable potential) {
    Variable v = potential.mul(decay).add(x);
    Variable over = v.add(-threshold);
    Variable zero = Variable.of(Tensor.scalar(x.value().device(), x.dtype(), 0));
    Variable fires = Elementwise.binary(BinaryOp.GE, over.detach(), zero);
    Variable smooth = over.div(Elementwise.unary(UnaryOp.ABS, over).mul(slope).add(1));
    Variable spikes = StochasticBinary.straightThrough(fires, smooth);
    return new Step(spikes, v.sub(spikes.mul(threshold)));
  }

  @Override
  public String toString() {
    return "LeakyIntegrateAndFire(" + decay + ", " + threshold + ")";
  }
}
