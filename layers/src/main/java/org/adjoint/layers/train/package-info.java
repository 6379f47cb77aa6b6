/** The training loop. */
@NullMarked
package org.adjoint.layers.train;

import org.jspecify.annotations.NullMarked;
