#version 330 core
// Cloth: Lambert under the shopper's own light, a Charlie sheen towards the silhouette (Estevez and
// Kulla 2017, albedo fit as in three.js), woven detail from a normal map, and a darker inside where
// collar or cuff shows it. The square root of linear RGB is written, which fits 8 bits and costs a tenth
// of sRGB's power on a software renderer; the read-back turns it into sRGB by table.

uniform vec3 tint;           // linear RGB
uniform float inside_gain;   // light that reaches the inside of the garment
#ifdef HAS_TEXTURE
uniform sampler2D base_color;
#endif
#ifdef HAS_NORMAL_MAP
uniform sampler2D weave;
in vec3 light_along_u;
in vec3 light_against_v;
#endif

in vec3 even_light;
in vec3 odd_light;
in vec2 uv;
in float sheen;

out vec4 color;

vec3 linear_from_srgb(vec3 c)
{
    return c * (c * (c * 0.305306011 + 0.682171111) + 0.012522878);
}

// Bright cloth rolls off as it does in a camera, instead of losing its folds in plain white.
vec3 shoulder(vec3 c)
{
    vec3 over = max(c - 0.7, 0.0) / 0.3;
    return min(c, 0.7) + 0.3 * over / (1.0 + over);
}

void main()
{
    vec3 base = tint;
#ifdef HAS_TEXTURE
    base *= linear_from_srgb(texture(base_color, uv).rgb);
#endif
    vec3 odd = odd_light;
    float cavity = 1.0;
#ifdef HAS_NORMAL_MAP
    vec3 bump = texture(weave, uv).rgb * 2.0 - 1.0;
    odd += bump.x * light_along_u + bump.y * light_against_v;
    cavity = clamp(bump.z, 0.0, 1.0);
#endif
    if (gl_FrontFacing) {
        vec3 light = max(even_light + odd, 0.0) * cavity;
        vec3 fuzz = 0.5 + 0.5 * base;
        color = vec4(sqrt(shoulder(light * (base + sheen * fuzz))), 1.0);
    } else {
        vec3 light = max(even_light - odd, 0.0) * (cavity * inside_gain);
        color = vec4(sqrt(shoulder(light * base)), 1.0);
    }
}
