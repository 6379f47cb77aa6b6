package org.adjoint.layers;

import org.adjoint.autograd.Variable;
import org.jspecify.annotations.Nullable;

/**
 * What a recurrent network gives.
 *
 * @param y the last layer's h of all steps, [batch, steps, directions · units] or with the steps
 *     first; 0 behind the end of a sequence
 * @param h the h that each layer and direction ends with, [layers · directions, batch, units]: that
 *     of the last step of each sequence, or in reverse of its first
 * @param c the LSTM's c, likewise; null for other networks
 */
public record RecurrentResult(Variable y, Variable h, @Nullable Variable c) {}
