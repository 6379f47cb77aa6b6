package org.adjoint.kernels;

import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What goes step by step through whole sequences: recurrent networks, and the recursion of
 * connectionist temporal classification. Tensors are contiguous.
 *
 * <p>Of a recurrent network the product of all inputs with W_ih, one matrix product, comes in from
 * outside, and that of the weight gradients is taken outside from what the gradient kernel leaves.
 * T steps, batch n, H units; G, K and S are the cell's {@link RecurrentCell#gates gates}, {@link
 * RecurrentCell#saved saved} numbers and {@link RecurrentCell#states states}.
 */
public interface RecurrentKernels {
  /**
   * Runs over a sequence. Where a sequence has ended, t ≥ lengths[i], its states go on unchanged.
   *
   * @param spec the cell and the direction
   * @param x [T, n, G·H], the input's part of the pre-activations
   * @param initial [S, n, H], h and (LSTM) c before the first step
   * @param w [G·H, H], the weights W_hh of the state
   * @param bias [G·H], b_hh, or null for none
   * @param lengths int32 [n], each from 0 to T, or null if all are T
   * @param saved [T, n, K·H], receives what the gradient needs, row by row in the order that {@link
   *     RecurrentCell} names; of a step behind the end, 0 and the unchanged c
   * @param states [T + S, n, H], receives h: in row t + 1 after step t and in row 0 the initial
   *     one, or in reverse in row t and in row T; in row T + 1 (LSTM) the c that it ends with
   */
  void recurrent(
      RecurrentSpec spec,
      Tensor x,
      Tensor initial,
      Tensor w,
      @Nullable Tensor bias,
      @Nullable Tensor lengths,
      Tensor saved,
      Tensor states);

  /**
   * Gradients from those of the states, step by step back in time.
   *
   * @param spec the cell and the direction
   * @param states [T + S, n, H], as {@link #recurrent} left them
   * @param saved [T, n, K·H], likewise
   * @param initial [S, n, H], as before
   * @param w [G·H, H]
   * @param lengths as before
   * @param dstates [T + S, n, H]
   * @param dx [T, n, G·H], receives the gradient of x; 0 behind the end of a sequence
   * @param dhidden [T, n, G·H], receives the gradient of W_hh·h + b_hh, which for all cells but the
   *     GRU is dx: null for them
   * @param dinitial [S, n, H], receives the gradient of the initial states
   */
  void recurrentGradient(
      RecurrentSpec spec,
      Tensor states,
      Tensor saved,
      Tensor initial,
      Tensor w,
      @Nullable Tensor lengths,
      Tensor dstates,
      Tensor dx,
      @Nullable Tensor dhidden,
      Tensor dinitial);

  /** The logarithm of a probability of 0 in {@link #ctc}: finite, so that no difference is NaN. */
  double NEVER = -1e30;

  /**
   * Runs over the ways to lay a sequence of labels over the steps (Graves, Fernández, Gomez and
   * Schmidhuber, 2006), in logarithms. With the labels l₁ … l_S between blanks, l′ = (blank, l₁,
   * blank, …, l_S, blank), α[t, s] = log(e^α[t−1, s] + e^α[t−1, s−1] + e^α[t−1, s−2]) + x[t, l′ₛ],
   * the last of the three only if l′ₛ is neither blank nor l′ₛ₋₂; before the first step all stands
   * at the first blank. A loss is −log(e^α[T, 2S] + e^α[T, 2S−1]) at the last step of the sequence;
   * infinite if no way is possible.
   *
   * @param x [steps, n, classes], logarithms of probabilities; any below {@link #NEVER} counts as
   *     it
   * @param targets int32 [n, most labels], each a class; those behind the end do not count
   * @param inputLengths int32 [n], how many steps count, from 0 to all
   * @param targetLengths int32 [n], how many labels count, from 0 to the most
   * @param blank the class that stands for no label
   * @param alphas [steps, n, 2 · most labels + 3], receives α behind two places that are never
   *     reached; 0 behind the end of a sequence
   * @param losses [n]
   */
  void ctc(
      Tensor x,
      Tensor targets,
      Tensor inputLengths,
      Tensor targetLengths,
      int blank,
      Tensor alphas,
      Tensor losses);

  /**
   * dx[t, k] = −dloss · Σ e^(α[t, s] + β[t, s]) over the s with l′ₛ = k: the share of the ways that
   * pass there, with β[t, s] = the logarithm of the sum of all ways on from s, divided by that of
   * all ways. 0 behind the end of a sequence, and where its loss is infinite.
   *
   * @param alphas as {@link #ctc} left them, and losses too
   * @param dlosses [n]
   * @param dx [steps, n, classes]
   */
  void ctcGradient(
      Tensor x,
      Tensor targets,
      Tensor inputLengths,
      Tensor targetLengths,
      int blank,
      Tensor alphas,
      Tensor losses,
      Tensor dlosses,
      Tensor dx);
}
