# One device's life with paho, told as JSON lines. In: port, name, password, topic without its channel. Out: what paho saw.
import json
import sys
import threading

import paho.mqtt.client as mqtt

port, name, password, place = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
PATIENCE = 10


def client(secret, clean=True):
    c = mqtt.Client(client_id=name, clean_session=clean, protocol=mqtt.MQTTv311)
    c.username_pw_set(name, secret)
    c.connected, c.gone, c.heard = threading.Event(), threading.Event(), threading.Event()
    c.on_connect = lambda c, _u, flags, code: (setattr(c, "answer", (code, flags["session present"])), c.connected.set())
    c.on_disconnect = lambda c, _u, _code: c.gone.set()
    c.on_message = lambda c, _u, m: (setattr(c, "message", (m.topic, m.payload.decode(), m.qos, m.retain)), c.heard.set())
    c.reconnect_delay_set(60, 60)
    return c


def open_(c):
    c.connect("127.0.0.1", port, keepalive=30)
    c.loop_start()
    c.connected.wait(PATIENCE)
    return c


def tell(what, value):
    print(json.dumps([what, value]), flush=True)


wrong = open_(client("wrong"))
tell("wrong password", wrong.answer[0])
wrong.loop_stop()

device = client(password, clean=False)
device.will_set(place + "/status", "offline", qos=1, retain=True)
open_(device)
tell("connected", device.answer)
for qos in (0, 1, 2):
    info = device.publish(place + "/telemetry", json.dumps({"seq": qos}), qos=qos)
    info.wait_for_publish(PATIENCE)
    tell("published", [qos, info.is_published()])
granted = []
subscribed = threading.Event()
device.on_subscribe = lambda _c, _u, _mid, qos: (granted.extend(qos), subscribed.set())
device.subscribe([(place + "/command", 2), ("#", 1)])
subscribed.wait(PATIENCE)
tell("granted", granted)
device.heard.wait(PATIENCE)
tell("heard", device.message)
device.publish("elsewhere", "x", qos=1)
tell("cut off", device.gone.wait(PATIENCE))
device.loop_stop()
