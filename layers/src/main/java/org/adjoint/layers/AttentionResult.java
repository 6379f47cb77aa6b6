package org.adjoint.layers;

import org.adjoint.autograd.Variable;

/**
 * What a query saw.
 *
 * @param context the mean of the values by weight, [batch, queries, width of values]
 * @param weights how much each value counts, [batch, queries, keys]; each row sums to 1
 */
public record AttentionResult(Variable context, Variable weights) {}
