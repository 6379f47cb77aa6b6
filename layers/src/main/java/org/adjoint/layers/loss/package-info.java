/** What training makes small. */
@NullMarked
package org.adjoint.layers.loss;

import org.jspecify.annotations.NullMarked;
