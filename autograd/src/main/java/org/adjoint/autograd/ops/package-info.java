/**
 * The operations, one file a family: each op's forward and its vector-Jacobian product stand
 * together.
 */
@NullMarked
package org.adjoint.autograd.ops;

import org.jspecify.annotations.NullMarked;
