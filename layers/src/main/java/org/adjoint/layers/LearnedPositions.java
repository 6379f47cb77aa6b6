package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.ShapeException;

/**
 * Adds to each token a learned vector of its position (Gehring et al., 2017).
 *
 * <p><b>Shapes</b> x and y [batch, tokens, width]; parameter {@code weight} [most tokens, width],
 * which starts normal with deviation 0.02.
 */
public final class LearnedPositions extends Layer {
  private static final double DEVIATION = 0.02;

  private final int tokens;
  private final int width;
  private final Parameter weight;

  /**
   * Creates the layer.
   *
   * @param setup where the parameter lives and what it is drawn from
   * @param tokens how many positions there are
   * @param width features of a token
   * @throws ArgumentException if a number is less than 1
   */
  public LearnedPositions(Setup setup, int tokens, int width) {
    Checks.atLeast("learned_positions", "tokens", tokens, 1);
    Checks.atLeast("learned_positions", "width", width, 1);
    this.tokens = tokens;
    this.width = width;
    weight = parameter("weight", setup.normal(DEVIATION, tokens, width));
  }

  @Override
  public Variable forward(Variable x) {
    return forward(x, 0);
  }

  /**
   * Adds the vectors of the positions from {@code first} on.
   *
   * @throws ShapeException if there are not so many positions
   */
  public Variable forward(Variable x, int first) {
    SinusoidalPositions.requireTokens("learned_positions", x, first, tokens, width);
    return x.add(weight.variable().slice(0, first, first + x.shape().dim(1)));
  }

  @Override
  public String toString() {
    return "LearnedPositions(" + tokens + ", " + width + ")";
  }
}
