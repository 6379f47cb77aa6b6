package org.adjoint.layers.loss;

import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Ctc;
import org.adjoint.autograd.ops.Elementwise;
import org.adjoint.autograd.ops.Softmax;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.tensor.Tensor;

/**
 * Connectionist temporal classification (Graves, Fernández, Gomez and Schmidhuber, 2006) from
 * logits: −log of the probability of the labels, however they lie over the steps.
 *
 * <p><b>Shapes</b> logits [steps, batch, classes], targets int32 [batch, most labels].
 *
 * @param blank the class that stands for no label
 * @param reduction what becomes of the losses of the batch; the mean divides each by its number of
 *     labels first, as PyTorch's does
 * @param zeroInfinity whether a sequence too short for its labels counts 0 instead of infinity
 */
public record CtcLoss(int blank, Reduction reduction, boolean zeroInfinity) {
  /** The mean with class 0 as the blank. */
  public static final CtcLoss DEFAULT = new CtcLoss(0, Reduction.MEAN, false);

  /**
   * Returns the loss.
   *
   * @param inputLengths int32 [batch], how many steps of each sequence count
   * @param targetLengths int32 [batch], how many labels it has
   * @throws org.adjoint.tensor.ShapeException if the shapes do not fit, or a label is out of range
   */
  public Variable of(Variable logits, Tensor targets, Tensor inputLengths, Tensor targetLengths) {
    Variable losses =
        Ctc.loss(
            Softmax.logSoftmax(logits, 2),
            targets,
            inputLengths,
            targetLengths,
            blank,
            zeroInfinity);
    return reduction.of(
        reduction == Reduction.MEAN ? losses.div(counts(losses, targetLengths)) : losses);
  }

  /** The numbers of labels, at least 1. */
  private static Variable counts(Variable losses, Tensor targetLengths) {
    Tensor counts = Tensor.result(targetLengths.device(), losses.dtype(), losses.shape());
    Backends.kernels(counts.device()).elementwise().copy(targetLengths, counts);
    return Elementwise.unary(UnaryOp.CLAMP, Variable.of(counts), 1, Integer.MAX_VALUE);
  }
}
