/** The suite of gradient checks that every backend inherits. */
@NullMarked
package org.adjoint.autograd.contract;

import org.jspecify.annotations.NullMarked;
