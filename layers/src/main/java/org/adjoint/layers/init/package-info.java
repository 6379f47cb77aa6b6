/** How parameters start. */
@NullMarked
package org.adjoint.layers.init;

import org.jspecify.annotations.NullMarked;
