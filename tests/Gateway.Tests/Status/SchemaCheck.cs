using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Cloud.Gateway.Tests.Status;

/// <summary>Checks values against the schemas of the OpenAPI document, as strictly as its words allow: also that nothing is there that the schema does not name.</summary>
internal sealed class SchemaCheck
{
    private readonly JsonElement _root;

    public SchemaCheck()
    {
        using Stream stream = typeof(GatewayExtensions).Assembly.GetManifestResourceStream("Cloud.Gateway.Status.status.openapi.json")!;
        using JsonDocument document = JsonDocument.Parse(stream);
        _root = document.RootElement.Clone();
    }

    public JsonElement Paths => _root.GetProperty("paths");

    /// <summary>Checks a value against a named schema.</summary>
    public void Matches(string schema, JsonElement value)
    {
        List<string> faults = [];
        Check(_root.GetProperty("components").GetProperty("schemas").GetProperty(schema), value, "$", faults, isClosed: true);
        Assert.True(faults.Count == 0, $"{schema}: {string.Join("; ", faults.Take(10))}\n{Shorten(value.GetRawText())}");
    }

    /// <summary>Checks an answer against the schema of its resource.</summary>
    public void Answers(string path, JsonElement value)
    {
        JsonElement schema = Paths.GetProperty(path).GetProperty("get").GetProperty("responses").GetProperty("200").GetProperty("content").GetProperty("application/json").GetProperty("schema");
        List<string> faults = [];
        Check(schema, value, "$", faults, isClosed: true);
        Assert.True(faults.Count == 0, $"{path}: {string.Join("; ", faults.Take(10))}\n{Shorten(value.GetRawText())}");
    }

    private static string Shorten(string text) => text.Length > 2000 ? text[..2000] : text;

    private JsonElement Resolve(JsonElement schema)
    {
        while (schema.TryGetProperty("$ref", out JsonElement reference))
        {
            JsonElement at = _root;
            foreach (string part in reference.GetString()!.Split('/').Skip(1))
            {
                at = at.GetProperty(part);
            }

            schema = at;
        }

        return schema;
    }

    private HashSet<string> Names(JsonElement schema)
    {
        schema = Resolve(schema);
        HashSet<string> names = [];
        if (schema.TryGetProperty("properties", out JsonElement properties))
        {
            names.UnionWith(properties.EnumerateObject().Select(property => property.Name));
        }

        if (schema.TryGetProperty("allOf", out JsonElement all))
        {
            foreach (JsonElement part in all.EnumerateArray())
            {
                names.UnionWith(Names(part));
            }
        }

        return names;
    }

    private void Check(JsonElement schema, JsonElement value, string path, List<string> faults, bool isClosed)
    {
        schema = Resolve(schema);
        if (schema.TryGetProperty("allOf", out JsonElement all))
        {
            foreach (JsonElement part in all.EnumerateArray())
            {
                Check(part, value, path, faults, isClosed: false);
            }
        }

        if (schema.TryGetProperty("oneOf", out JsonElement one))
        {
            List<List<string>> attempts = [];
            foreach (JsonElement choice in one.EnumerateArray())
            {
                List<string> attempt = [];
                Check(choice, value, path, attempt, isClosed);
                attempts.Add(attempt);
            }

            if (attempts.Count(attempt => attempt.Count == 0) != 1)
            {
                faults.AddRange(attempts.MinBy(attempt => attempt.Count == 0 ? int.MaxValue : attempt.Count)!);
            }

            return;
        }

        if (schema.TryGetProperty("type", out JsonElement type))
        {
            string[] types = type.ValueKind == JsonValueKind.Array ? [.. type.EnumerateArray().Select(item => item.GetString()!)] : [type.GetString()!];
            if (!types.Any(name => IsOf(value, name)))
            {
                faults.Add($"{path} is {value.ValueKind}, not {string.Join(" or ", types)}");
                return;
            }
        }

        if (schema.TryGetProperty("enum", out JsonElement allowed) && !allowed.EnumerateArray().Any(item => item.ToString() == value.ToString()))
        {
            faults.Add($"{path} is {value}, none of the words");
        }

        if (schema.TryGetProperty("const", out JsonElement constant) && constant.ToString() != value.ToString())
        {
            faults.Add($"{path} is {value}, not {constant}");
        }

        if (schema.TryGetProperty("pattern", out JsonElement pattern) && value.ValueKind == JsonValueKind.String && !Regex.IsMatch(value.GetString()!, pattern.GetString()!, RegexOptions.CultureInvariant))
        {
            faults.Add($"{path} is {value}, not {pattern}");
        }

        if (schema.TryGetProperty("format", out JsonElement format) && format.GetString() == "date-time" && value.ValueKind == JsonValueKind.String
            && !DateTimeOffset.TryParseExact(value.GetString(), "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _))
        {
            faults.Add($"{path} is {value}, no instant");
        }

        if (value.ValueKind == JsonValueKind.Array && schema.TryGetProperty("items", out JsonElement items))
        {
            int index = 0;
            foreach (JsonElement item in value.EnumerateArray())
            {
                Check(items, item, $"{path}[{index++}]", faults, isClosed: true);
            }
        }

        if (value.ValueKind == JsonValueKind.Object)
        {
            CheckObject(schema, value, path, faults, isClosed);
        }
    }

    private void CheckObject(JsonElement schema, JsonElement value, string path, List<string> faults, bool isClosed)
    {
        if (schema.TryGetProperty("required", out JsonElement required))
        {
            faults.AddRange(required.EnumerateArray().Where(name => !value.TryGetProperty(name.GetString()!, out _)).Select(name => $"{path} lacks {name}"));
        }

        if (schema.TryGetProperty("properties", out JsonElement properties))
        {
            foreach (JsonProperty property in properties.EnumerateObject())
            {
                if (value.TryGetProperty(property.Name, out JsonElement member))
                {
                    Check(property.Value, member, $"{path}.{property.Name}", faults, isClosed: true);
                }
            }
        }

        bool isOpen = schema.TryGetProperty("additionalProperties", out JsonElement additional) && additional.ValueKind == JsonValueKind.True;
        HashSet<string> names = Names(schema);
        if (isClosed && !isOpen && names.Count > 0)
        {
            faults.AddRange(value.EnumerateObject().Where(property => !names.Contains(property.Name)).Select(property => $"{path}.{property.Name} is in no schema"));
        }
    }

    private static bool IsOf(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "integer" => value.ValueKind == JsonValueKind.Number && decimal.TryParse(value.GetRawText(), NumberStyles.Float, CultureInfo.InvariantCulture, out decimal number) && number == decimal.Truncate(number),
        "number" => value.ValueKind == JsonValueKind.Number,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "null" => value.ValueKind == JsonValueKind.Null,
        _ => false,
    };
}
