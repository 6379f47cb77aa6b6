/**
 * Layers, one a file: formula, shapes, constructor, forward. A {@link org.adjoint.layers.Network}
 * holds parameters; a {@link org.adjoint.layers.Layer} is a network that maps one variable to one
 * variable.
 */
@NullMarked
package org.adjoint.layers;

import org.jspecify.annotations.NullMarked;
