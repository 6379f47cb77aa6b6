/** Optimizers and learning-rate schedules. */
@NullMarked
package org.adjoint.layers.optim;

import org.jspecify.annotations.NullMarked;
