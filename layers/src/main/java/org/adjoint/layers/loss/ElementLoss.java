package org.adjoint.layers.loss;

import java.util.function.BinaryOperator;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.ElementLosses;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Tensor;

/**
 * A loss of each element of a prediction x beside that of its target t, and the mean over all:
 *
 * <pre>{@code
 * Loss criterion = ElementLoss.huber(1);
 * Loss summed = ElementLoss.l1().reduction(Reduction.SUM);
 * }</pre>
 *
 * <p><b>Shapes</b> prediction and target of one shape and dtype. The formulas, and losses of more
 * than two operands, are in {@link ElementLosses} and {@link org.adjoint.autograd.ops.RowLosses}.
 */
public final class ElementLoss implements Loss {
  private final String name;
  private final BinaryOperator<Variable> formula;
  private final Reduction reduction;

  private ElementLoss(String name, BinaryOperator<Variable> formula, Reduction reduction) {
    this.name = name;
    this.formula = formula;
    this.reduction = reduction;
  }

  private static ElementLoss of(String name, BinaryOperator<Variable> formula) {
    return new ElementLoss(name, formula, Reduction.MEAN);
  }

  /** Returns |x − t|. */
  public static ElementLoss l1() {
    return of("l1_loss", ElementLosses::l1);
  }

  /** Returns (x − t)². */
  public static ElementLoss meanSquared() {
    return of("mse_loss", ElementLosses::squared);
  }

  /**
   * Returns {@link ElementLosses#huber}.
   *
   * @param delta where the parabola becomes a line, more than 0
   * @throws ArgumentException if it is not
   */
  public static ElementLoss huber(double delta) {
    if (!(delta > 0)) {
      throw new ArgumentException("huber_loss", "delta", delta, "it must be more than 0");
    }
    return of("huber_loss", (x, t) -> ElementLosses.huber(x, t, delta));
  }

  /**
   * Returns {@link ElementLosses#smoothL1}.
   *
   * @param beta where the parabola becomes a line, at least 0
   * @throws ArgumentException if it is less
   */
  public static ElementLoss smoothL1(double beta) {
    if (!(beta >= 0)) {
      throw new ArgumentException("smooth_l1_loss", "beta", beta, "it must be 0 or more");
    }
    return of("smooth_l1_loss", (x, t) -> ElementLosses.smoothL1(x, t, beta));
  }

  /** Returns {@link ElementLosses#klDivergence} from log-probabilities. */
  public static ElementLoss klDivergence(boolean logTarget) {
    return of("kl_div", (x, t) -> ElementLosses.klDivergence(x, t, logTarget));
  }

  /** Returns {@link ElementLosses#binaryCrossEntropy} of probabilities. */
  public static ElementLoss binaryCrossEntropy() {
    return of("binary_cross_entropy", ElementLosses::binaryCrossEntropy);
  }

  /** Returns {@link ElementLosses#hinge}, for targets of 1 and −1. */
  public static ElementLoss hinge() {
    return of("hinge_loss", ElementLosses::hinge);
  }

  /** Returns {@link ElementLosses#squaredHinge}, for targets of 1 and −1. */
  public static ElementLoss squaredHinge() {
    return of("squared_hinge_loss", ElementLosses::squaredHinge);
  }

  /** Returns {@link ElementLosses#softMargin}, for targets of 1 and −1. */
  public static ElementLoss softMargin() {
    return of("soft_margin_loss", ElementLosses::softMargin);
  }

  /** Returns {@link ElementLosses#hingeEmbedding}, for targets of 1 and −1. */
  public static ElementLoss hingeEmbedding(double margin) {
    return of("hinge_embedding_loss", (x, t) -> ElementLosses.hingeEmbedding(x, t, margin));
  }

  /** Returns {@link ElementLosses#contrastive}, for targets of 1 and 0. */
  public static ElementLoss contrastive(double margin) {
    return of("contrastive_loss", (x, t) -> ElementLosses.contrastive(x, t, margin));
  }

  /** Returns {@link ElementLosses#poissonNll} without Stirling's term. */
  public static ElementLoss poissonNll(boolean logInput) {
    return of("poisson_nll_loss", (x, t) -> ElementLosses.poissonNll(x, t, logInput, false, 1e-8));
  }

  /** Returns this loss with another reduction. */
  public ElementLoss reduction(Reduction other) {
    return new ElementLoss(name, formula, other);
  }

  /**
   * Returns this loss with the loss of each element multiplied by a weight.
   *
   * @param weights broadcast to the prediction
   */
  public ElementLoss weighted(Tensor weights) {
    Variable w = Variable.of(weights);
    return new ElementLoss(name, (x, t) -> formula.apply(x, t).mul(w), reduction);
  }

  @Override
  public Variable of(Variable prediction, Tensor target) {
    Checks.alike(name, prediction, target);
    return reduction.of(formula.apply(prediction, Variable.of(target)));
  }

  @Override
  public String toString() {
    return name;
  }
}
