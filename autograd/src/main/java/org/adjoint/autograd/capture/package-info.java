/**
 * A step recorded once and replayed often: {@link org.adjoint.autograd.capture.Program}.
 *
 * <p>The step, a piece of Java that calls operations, goes back and updates, runs once without
 * computing anything; what it asks of the kernels is written down ({@link
 * org.adjoint.autograd.capture.Recording}). What nobody needs is dropped, what is computed twice is
 * computed once, chains of element-wise operations become one loop, and every intermediate result
 * gets a fixed place in one block of memory. Replay is then a plain loop over kernel calls, with
 * the same bits as the step itself.
 */
@NullMarked
package org.adjoint.autograd.capture;

import org.jspecify.annotations.NullMarked;
