package org.adjoint.layers.data;

import org.adjoint.tensor.Tensor;

/**
 * Samples side by side. A {@link DataLoader} fills the same batch again and again: use it before
 * asking for the next.
 *
 * @param x the samples, [size, …]
 * @param labels their classes, int32 [size]
 * @param indices where they are in the data set; may be longer than {@code size}
 * @param size how many
 */
public record Batch(Tensor x, Tensor labels, int[] indices, int size) {}
