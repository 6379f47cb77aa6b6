/** The computation graph and backpropagation. */
@NullMarked
package org.adjoint.autograd;

import org.jspecify.annotations.NullMarked;
