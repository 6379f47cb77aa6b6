package org.adjoint.autograd.capture;

import org.adjoint.tensor.Shape;

/**
 * A kernel call as the step made it. A call of the program does the work of one of these, or of
 * several that were joined.
 *
 * @param number its place in the recorded step, from 0
 * @param phase the part of the step that made it
 * @param op what was computed, such as {@code matmul} or {@code tanh gradient}
 * @param result the shape of its first result
 */
public record RecordedCall(int number, Phase phase, String op, Shape result) {}
