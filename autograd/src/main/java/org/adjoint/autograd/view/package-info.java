/** Computation graphs and captured programs, as text and as pictures. */
@NullMarked
package org.adjoint.autograd.view;

import org.jspecify.annotations.NullMarked;
