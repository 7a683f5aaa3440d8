package dingtalk

import _ "github.com/open-dingtalk/dingtalk-stream-sdk-go/client"
import _ "golang.org/x/sync/singleflight"
import _ "golang.org/x/time/rate"
