#version 330 core
// A garment vertex, already in the camera frame. The irradiance of the nine spherical harmonics
// (Ramamoorthi and Hanrahan 2001) is evaluated here: cloth triangles are a few pixels wide, so the
// interpolated value is as good as one per fragment and costs a tenth of it on a software renderer.
// Bands 0 and 2 are even in the normal and band 1 is odd: inside and outside share both.

layout(location = 0) in vec3 position;
layout(location = 1) in vec3 normal;    // its length is the share of the light that reaches the vertex
#ifdef HAS_NORMAL_MAP
layout(location = 2) in vec4 tangent;   // glTF: along u, and the side on which the texture's top lies
layout(location = 3) in vec2 texcoord;
#else
layout(location = 2) in vec2 texcoord;
#endif

uniform mat4 projection;
uniform vec3 light[9];       // irradiance / pi, linear RGB
uniform vec4 sheen_fit;      // a, b, c of the Charlie directional albedo, amount 0..1
uniform float gloss;         // 0 but for satin
uniform float texture_scale;

out vec3 even_light;
out vec3 odd_light;
out vec2 uv;
out float sheen;
#ifdef HAS_NORMAL_MAP
out vec3 light_along_u;      // what the odd light gains as the normal tilts that way
out vec3 light_against_v;
#endif

void main()
{
    gl_Position = projection * vec4(position, 1.0);
    float open = length(normal);
    vec3 n = normal / open;
    odd_light = open * 0.488603 * (light[1] * n.y + light[2] * n.z + light[3] * n.x);
    even_light = open * (0.282095 * light[0]
        + 1.092548 * (light[4] * n.x * n.y + light[5] * n.y * n.z + light[7] * n.x * n.z)
        + 0.315392 * (3.0 * n.z * n.z - 1.0) * light[6]
        + 0.546274 * (n.x * n.x - n.y * n.y) * light[8]);
    vec3 view = normalize(position);
    float facing = abs(dot(n, view));
    sheen = sheen_fit.w * (exp(sheen_fit.x * facing + sheen_fit.y) + sheen_fit.z);
    // Satin mirrors the lamps: what of the light comes from where the view is mirrored to, over what comes from
    // everywhere. Its square is as narrow as nine harmonics allow.
    vec3 r = reflect(view, n);
    float lamp = 0.488603 * (light[1].g * r.y + light[2].g * r.z + light[3].g * r.x)
        + 1.092548 * (light[4].g * r.x * r.y + light[5].g * r.y * r.z + light[7].g * r.x * r.z)
        + 0.315392 * (3.0 * r.z * r.z - 1.0) * light[6].g
        + 0.546274 * (r.x * r.x - r.y * r.y) * light[8].g;
    float over = max(lamp, 0.0) / max(0.282095 * light[0].g, 1e-6);
    sheen += gloss * over * over;
    uv = texcoord * texture_scale;
#ifdef HAS_NORMAL_MAP
    vec3 up = cross(n, tangent.xyz) * tangent.w;
    light_along_u = open * 0.488603 * (light[1] * tangent.y + light[2] * tangent.z + light[3] * tangent.x);
    light_against_v = open * 0.488603 * (light[1] * up.y + light[2] * up.z + light[3] * up.x);
#endif
}
