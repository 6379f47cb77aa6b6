package org.adjoint.layers.data;

import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Samples side by side. A loader fills the same batch again and again: use it before asking for the
 * next.
 *
 * @param x the samples, [size, …]; sequences are padded at the end to [size, time]
 * @param labels their classes, int32 [size]; of sequences one a sample or one a position
 * @param lengths of sequences before padding, int32 [size]; null if all samples have one shape
 * @param indices where they are in the data set; may be longer than {@code size}
 * @param size how many
 */
public record Batch(Tensor x, Tensor labels, @Nullable Tensor lengths, int[] indices, int size) {
  /** Creates a batch of samples of one shape. */
  public Batch(Tensor x, Tensor labels, int[] indices, int size) {
    this(x, labels, null, indices, size);
  }
}
