package org.adjoint.autograd;

import org.adjoint.tensor.Tensor;

/**
 * The gradient of a table of which a step has used some rows: zeros, with {@code rows[i]} added at
 * row {@code index[i]}, in the order of i.
 *
 * @param index int32 [n], in any order and also repeated
 * @param rows [n, width], of the type of the table
 */
public record RowGradient(Tensor index, Tensor rows) {}
