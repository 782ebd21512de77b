#version 330 core
// The posed body, drawn into depth alone. It recedes by a few millimetres along the view ray, which
// leaves its outline where it is and keeps the skin from fighting with the cloth that lies on it.

layout(location = 0) in vec3 position;

uniform mat4 projection;
uniform float recede_m;

void main()
{
    float away = 1.0 + recede_m / max(length(position), 1e-3);
    gl_Position = projection * vec4(position * away, 1.0);
}
