package org.adjoint.kernels;

import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Recurrent networks over whole sequences. The product of all inputs with W_ih, one matrix product,
 * comes in from outside, and that of the weight gradients is taken outside from what the gradient
 * kernel leaves.
 *
 * <p>T steps, batch n, H units; G, K and S are the cell's {@link RecurrentCell#gates gates}, {@link
 * RecurrentCell#saved saved} numbers and {@link RecurrentCell#states states}. Tensors are
 * contiguous.
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
}
