/** Pictures of the computation graph. */
@NullMarked
package org.adjoint.autograd.view;

import org.jspecify.annotations.NullMarked;
